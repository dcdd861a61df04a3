#!/usr/bin/env bash
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
#
# $1: a built build folder. What a plugin author does, from nothing: installs graft into an empty folder, lets
# `graft new` write a project outside of every tree, builds it against the installed SDK, passes its tests and
# finds the plugin in `graft plugins`; the installed tree is moved first, for it must run from any folder. Then
# what configuring refuses, a build without CMake, and the programs of docs/embedding.md.
set -euo pipefail
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$source/tests/support/embedding.sh"

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

for page in README.md docs/plugin-abi.md docs/pipeline.md; do
    [ -s "$work/elsewhere/graft/share/doc/graft/$page" ] || fail "the installed tree lacks $page"
done

# The package finds LibTorch, and graft's bin/ on the PATH is all that CMake is told.
export PATH="$work/elsewhere/graft/bin:$PATH"
cd "$work"
quietly graft new loss lead_by --dir outside
cmp -s outside/.clang-format "$source/.clang-format" || fail "the templates' .clang-format is not graft's own"
quietly cmake -S outside -B outside/build
quietly cmake --build outside/build -j
quietly ctest --test-dir outside/build --output-on-failure --no-tests=error
graft plugins lead_by --plugin-dir outside/build/lib/graft/plugins > plugin.txt ||
    fail "graft cannot use the plugin that was built against its SDK"
grep -q 'lead over the next class that costs nothing' plugin.txt || {
    cat plugin.txt >&2
    fail "graft plugins lead_by does not show the plugin's option"
}

# $1: what the last lines of a configuration that fails must say; the rest: its arguments.
refused() {
    local reason=$1
    shift
    ! cmake -S outside -B refused "$@" > log 2>&1 || fail "configured with $*"
    tr -s ' \n' ' ' < log | grep -qF "$reason" || { cat log >&2; fail "the reason is not told: $reason"; }
    rm -rf refused
}
mkdir -p torch/lib torch/include/torch/headeronly
touch torch/lib/libtorch_cpu.so
printf '#define TORCH_VERSION_%s\n' 'MAJOR 2' 'MINOR 10' 'PATCH 1' > torch/include/torch/headeronly/version.h
refused "is '2.10.1', but this graft runs with 2.11." -DGRAFT_LIBTORCH="$work/torch"
refused "there is no LibTorch in '$work/nowhere'" -DGRAFT_LIBTORCH="$work/nowhere"
cat > other.cmake <<END
add_library(torch_cpu SHARED IMPORTED)
set_target_properties(torch_cpu PROPERTIES IMPORTED_LOCATION "$work/torch/lib/libtorch_cpu.so")
END
refused "leave find_package(Torch) out" -DCMAKE_PROJECT_INCLUDE="$work/other.cmake"

if command -v pkg-config > /dev/null; then
    export PKG_CONFIG_PATH="$work/elsewhere/graft/lib/pkgconfig"
    eval "compile=($(pkg-config --cflags graft)) link=($(pkg-config --libs graft))"  # it quotes as a shell does
    printf '#include %s\n' '<torch/headeronly/version.h>' '"graft/dataset.hpp"' '"graft/stamp.hpp"' > light.cpp
    echo 'const char* stamp = GRAFT_STAMP;' >> light.cpp
    quietly g++ "${compile[@]}" -c light.cpp -o light.o
    mkdir by-hand
    quietly g++ -shared outside/build/CMakeFiles/lead_by.dir/lead_by.cpp.o "${link[@]}" -Wl,-z,defs \
        -Wl,--version-script="$(pkg-config --variable version_script graft)" -o by-hand/lead_by.so
    quietly graft plugins lead_by --plugin-dir by-hand
    # A head reads none of TorchScript's functions; who includes them, first or last, has them whole.
    echo '#include "graft/head.hpp"' > head.cpp
    quietly g++ "${compile[@]}" -M head.cpp -o read
    grep -q '/include/ATen/core/ivalue.h' read || fail "graft/head.hpp reads no LibTorch"
    ! grep '/include/ATen/core/ivalue_inl.h' read || fail "graft/head.hpp reads TorchScript"
    for first in ATen/core/ivalue.h ATen/ATen.h; do
        printf '#include <%s>\n' "$first" torch/nn/module.h ATen/ATen.h ATen/core/ivalue.h > whole.cpp
        echo 'c10::IValue pair(at::Tensor part) { return c10::List<at::Tensor>({at::cat({part, part}), part}); }' >> whole.cpp
        quietly g++ "${compile[@]}" -fsyntax-only whole.cpp
    done
else
    echo "SKIPPED: tools.install: pkg-config is not here, so graft.pc was not tried"
fi
# Programs that embed a model, as docs/embedding.md shows them: they link, start and tell what is wrong.
mkdir embedding
cd embedding
write_embedding_programs "$source/docs/embedding.md"
quietly cmake -B build
quietly cmake --build build
for program in my_program from_c; do
    ! "build/$program" > told 2>&1 || fail "$program found a model"
    grep -q 'there is no folder and no file' told || { cat told >&2; fail "$program does not say that it finds no model"; }
done
library="$work/elsewhere/graft/lib/libgraft_inference.so"
nm -C "$library" > names
grep -q 'graft::inference::' names || fail "libgraft_inference.so has no names to look at"
! grep -E 'graft::(train|solve|exporting)::' names > told ||
    { head -3 told >&2; fail "libgraft_inference.so holds code of training"; }
exported=$(nm -DC --defined-only "$library" | grep -E ' (graft::|graft_)' | grep -vcE 'graft::inference::|graft_(model|text)_') || true
[ "$exported" -eq 0 ] || { nm -DC --defined-only "$library" >&2; fail "libgraft_inference.so shows $exported names of its own"; }
if cmake -S "$work/elsewhere/graft/share/graft/examples/webcam" -B webcam > log 2>&1; then
    quietly cmake --build webcam
else
    grep -qiE 'opencv|videoio|highgui' log || { cat log >&2; fail "examples/webcam is not configured"; }
    echo "SKIPPED: tools.install: OpenCV's videoio and highgui are not here, so examples/webcam was not built"
fi
cd "$work"

echo "install_test: a plugin from outside was built against the installed tree and loaded"
