#!/usr/bin/env bash
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
#
# $1: graft. It is light: neither LibTorch nor OpenCV is among the libraries that it loads, so that
# `graft --version` is instant and a crash of theirs takes one job.
set -euo pipefail
libraries=$(ldd "$1" | sed "s/ (0x.*//")  # without addresses, in which anything may stand
if grep -E 'torch|c10|opencv|graft_sdk' <<< "$libraries"; then
    echo "light_test: $1 loads the libraries above; framework/app/graft links a layer below report" >&2
    exit 1
fi
"$1" --version | grep -E '^graft [0-9]+\.[0-9]+\.[0-9]+'
