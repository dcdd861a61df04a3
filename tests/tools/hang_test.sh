#!/usr/bin/env bash
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
#
# $1: test-core. Proves: a case that waits for what never comes is ended with its processes, and its name, its place
# and what it waits for are printed (tests/main.cpp).
set -euo pipefail

fail() {
    printf 'FAILED: %s\n%s\n' "$1" "$printed" >&2
    exit 1
}

code=0
printed=$(GRAFT_TEST_CASE_SECONDS=1 timeout 120 "$1" --test-case='a case that hangs' --no-skip 2>&1) || code=$?
[ "$code" = 1 ] || fail "the exit code is $code"
grep -q 'hang_test.cpp:8: a case that hangs$' <<< "$printed" || fail "the case is not named"
grep -q 'while \[ ! -e /nowhere/never \]' <<< "$printed" || fail "what it waits for is not told"
for process in /proc/[0-9]*/cmdline; do
    ! grep -aqs '^sh.-c.*while \[ ! -e /nowhere/never \]' "$process" || fail "${process%/cmdline} lives on"
done
