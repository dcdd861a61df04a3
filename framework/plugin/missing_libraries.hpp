// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace graft::plugin {

/// The libraries that a plugin names as needed (DT_NEEDED) and that are neither in the folders that it names
/// nor anywhere where the system's loader looks; what is there may be loaded by this, as it would be with the
/// plugin. None for a file that cannot be read. Throws what a static initialiser of such a library throws.
std::vector<std::string> missing_libraries(const std::filesystem::path& plugin);

}  // namespace graft::plugin
