// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "plugin/library.hpp"

#include <dlfcn.h>

namespace graft::plugin {
namespace {

namespace load_mode = boost::dll::load_mode;

/// Boost.DLL cannot do this: <dlfcn.h> declares dlopen as one that never throws, so what a static initialiser
/// throws would end the process inside Boost.DLL. Behind a volatile pointer the compiler does not know which
/// function it is, and the exception comes out. The handle is never closed: that keeps the library for good.
/// Whether it can be opened, and why not, is asked of Boost.DLL.
void run_initialisers(const std::filesystem::path& path, load_mode::type mode) {
    void* (*const volatile open)(const char*, int) = ::dlopen;
    open(path.c_str(), mode);
}

}  // namespace

boost::dll::shared_library open_library(const std::filesystem::path& path, load_mode::type visibility,
                                        std::string& why_not) {
    const load_mode::type mode = load_mode::rtld_now | visibility;
    run_initialisers(path, mode);
    boost::dll::shared_library library;
    boost::dll::fs::error_code error;
    library.load(path.string(), mode | load_mode::search_system_folders, error);
    if (error) {
        const char* words = ::dlerror();  // the error code says "bad file descriptor" whatever it was
        why_not = words == nullptr ? error.message() : words;
    }
    return library;
}

std::filesystem::path own_library(const std::string& name) {
    // The SDK's library is loaded, since plugins' hosts need it: here its name serves.
    boost::dll::shared_library sdk;
    boost::dll::fs::error_code error;
    sdk.load("libgraft_sdk.so", load_mode::rtld_now | load_mode::search_system_folders, error);
    return error ? std::filesystem::path(name)
                 : std::filesystem::path(sdk.location().string()).parent_path() / name;
}

}  // namespace graft::plugin
