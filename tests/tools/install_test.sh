#!/usr/bin/env bash
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
#
# $1: a built build folder. What a plugin author does, from nothing: installs graft into an empty
# folder, copies the template to a new name outside of every tree, builds it against the installed SDK,
# passes graft's conformance cases and finds it in `graft plugins`; the installed tree is moved first,
# for it must run from any folder.
set -euo pipefail
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Neither variables nor plugins of the person who runs the tests play a part.
unset GRAFT_PLUGIN_PATH
export XDG_DATA_HOME="$work/no-data" HOME="$work"

fail() { echo "install_test: $*" >&2; exit 1; }
quietly() { "$@" > "$work/log" 2>&1 || { cat "$work/log" >&2; fail "failed: $*"; }; }

quietly cmake --install "$build" --prefix "$work/first"
mkdir "$work/elsewhere"
mv "$work/first" "$work/elsewhere/graft"
graft="$work/elsewhere/graft/bin/graft"
cd /

# It may find nothing of the build tree or the sources: neither is named in any library path.
while IFS= read -r file; do
    paths=$(readelf -d "$file" 2>/dev/null | grep -E 'R(UN)?PATH' || true)
    if grep -qF -e "$build" -e "$source/" <<< "$paths"; then
        fail "$file looks for libraries in the build tree: $paths"
    fi
done < <(find "$work/elsewhere" -type f \( -path '*/bin/*' -o -name '*.so' \))

"$graft" plugins > "$work/plugins.txt" || fail "the installed graft does not list its plugins"
for id in resnet18 classification image_folder synthetic_faces cross_entropy bce; do
    grep -qw "$id" "$work/plugins.txt" || { cat "$work/plugins.txt" >&2; fail "the installed graft lacks $id"; }
done
quietly "$graft" check "$work/elsewhere/graft/share/graft/configs/synthetic.yaml"

cp -r "$work/elsewhere/graft/share/graft/template" "$work/outside"
mv "$work/outside/my_loss.cpp" "$work/outside/lead_by.cpp"
sed -i 's/my_loss/lead_by/g; s/MyLoss/LeadBy/g' "$work/outside"/*
quietly cmake -G Ninja -S "$work/outside" -B "$work/outside/build" -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_PREFIX_PATH="$work/elsewhere/graft"
quietly cmake --build "$work/outside/build"
quietly ctest --test-dir "$work/outside/build" --output-on-failure --no-tests=error
"$graft" plugins lead_by --plugin-dir "$work/outside/build/lib/graft/plugins" > "$work/plugin.txt" ||
    fail "graft cannot use the plugin that was built against its SDK"
grep -q 'lead over the next class that costs nothing' "$work/plugin.txt" || {
    cat "$work/plugin.txt" >&2
    fail "graft plugins lead_by does not show the plugin's option"
}
echo "install_test: a plugin from outside was built against the installed tree and loaded"
