#!/usr/bin/env bash
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
#
# $1: a built build folder. One project a kind, as `graft new` writes them, and a plugin of graft's own tree,
# copied: none of them in the tree, all built by one CMake against the build folder. Their tests pass, and each
# kind's pipeline trains. So the templates work, and nothing in the tree is privileged.
set -euo pipefail
build=$(cd "$1" && pwd)
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

unset GRAFT_PLUGIN_PATH
export XDG_DATA_HOME="$work/no-data" HOME="$work" PATH="$build/bin:$PATH"
export GRAFT_STATE="$work/state" GRAFT_FEATURES="$work/features"

fail() { echo "projects_test: $*" >&2; exit 1; }
quietly() { "$@" > "$work/log" 2>&1 || { cat "$work/log" >&2; fail "failed: $*"; }; }

cd "$work"
cp -r "$source/plugins/losses/cross_entropy" cross_entropy
cat > CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(all LANGUAGES CXX)
enable_testing()
find_package(graft REQUIRED)
add_subdirectory(cross_entropy)
# Beside graft's own of the same id it is no plugin to train with.
set_target_properties(cross_entropy PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/copied)
END
# A version is asked for as others are: by its first two numbers.
sed -i "s/find_package(graft /find_package(graft $(graft --version | sed -n 's/^graft \([0-9]*\.[0-9]*\).*/\1/p') /" CMakeLists.txt
kinds=(backbone head dataset loss)
for kind in "${kinds[@]}"; do
    quietly graft new "$kind" "outside_$kind"
    echo "add_subdirectory(outside_$kind)" >> CMakeLists.txt
done
quietly cmake -B build -DCMAKE_BUILD_TYPE=Release -DGRAFT_PRECOMPILE=ON
quietly cmake --build build --parallel 2
quietly ctest --test-dir build --output-on-failure --no-tests=error
passed=$(grep -c ' Passed ' log)
[ "$passed" -eq 13 ] || { cat log >&2; fail "$passed tests passed, must be three a project and the copied plugin's"; }

for kind in "${kinds[@]}"; do
    id=outside_$kind
    quietly graft run "$id/$id.yaml" --plugin-dir build/lib/graft/plugins --out "runs/$kind" \
        --set train.epochs=1 --set data.samples=64 --set train.batch=16
    [ -s "runs/$kind/model/weights.safetensors" ] || fail "the pipeline of the $kind left no model"
    grep -q "\"id\": *\"$id\"" "runs/$kind/run.json" || fail "the run did not use the $kind"
done
echo "projects_test: a project of each kind and a copied plugin were built, tested and trained with"
