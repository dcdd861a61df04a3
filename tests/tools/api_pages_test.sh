#!/usr/bin/env bash
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
#
# tools/api-pages makes the pages of the SDK's headers without a warning, and fails where a comment is missing.
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
if ! command -v doxygen > /dev/null; then
    echo "SKIPPED: tools.api_pages: Doxygen is not here"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "api_pages_test: $*" >&2; exit 1; }

"$source/tools/api-pages" "$work/pages" || fail "the headers have undocumented names, or comments are wrong"
for class in Backbone Head Loss Dataset Metric Options; do
    [ -s "$work/pages/html/classgraft_1_1$class.html" ] || fail "there is no page of graft::$class"
done
grep -q 'classgraft_1_1Head.html' "$work/pages/html/index.html" || fail "the first page does not link to the classes"

mkdir -p "$work/tree/tools" "$work/tree/docs"
cp "$source/tools/api-pages" "$work/tree/tools"
cp -r "$source/docs/plugins" "$work/tree/docs"
cp -r "$source/sdk" "$work/tree"
sed -i 's|^struct Score {|struct Untold {\n    int number = 0;\n};\n\n/// A score.\n&|' "$work/tree/sdk/include/graft/metric.hpp"
! "$work/tree/tools/api-pages" "$work/other" > "$work/log" 2>&1 || fail "a field without a comment is let through"
grep -q 'number' "$work/log" || { cat "$work/log" >&2; fail "the field without a comment is not named"; }
