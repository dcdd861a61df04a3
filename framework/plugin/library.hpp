// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>

#include <boost/dll/shared_library.hpp>

namespace graft::plugin {

/// Opens a library for good: it stays when the returned object is gone, since its code and static objects are
/// needed at exit. A name without a folder is looked up as the system's loader does. `visibility` is
/// rtld_local or rtld_global. Empty, and the loader's words in `why_not`, when it cannot be opened; throws
/// what a static initialiser of the library throws.
boost::dll::shared_library open_library(const std::filesystem::path& path,
                                        boost::dll::load_mode::type visibility, std::string& why_not);

/// The file of a library of graft's own, which lies beside the SDK's. By its bare name dlopen would search
/// the path of its caller, which under a sanitizer is the sanitizer's library.
std::filesystem::path own_library(const std::string& name);

}  // namespace graft::plugin
