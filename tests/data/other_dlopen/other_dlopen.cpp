// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Stands before the loader's dlopen as sanitizers do: for the loader it is this library that asks, and its
// search path is empty.
#include <dlfcn.h>

extern "C" void* dlopen(const char* file, int mode) noexcept {
    using Open = void*(const char*, int);
    return reinterpret_cast<Open*>(::dlsym(RTLD_NEXT, "dlopen"))(file, mode);
}
