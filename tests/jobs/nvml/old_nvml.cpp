// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// NVML of a driver that has nothing but the start.
extern "C" __attribute__((visibility("default"))) int nvmlInit_v2() {
    return 0;
}
