// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "jobs/program.hpp"

namespace graft::install {

/// Runs CMake to its end. Throws Failure(system) where there is none, it takes longer than an hour, or SIGINT
/// or SIGTERM comes; nothing of it then goes on. Host thread only.
jobs::ProgramEnd run_cmake(std::vector<std::string> arguments);

/// Configures and builds a project against this graft in `build`, tests left out, and returns the libraries
/// that became of it, sorted. What CMake and the compiler print goes to `log`, with `known_as` for the
/// source, which is a copy that its author does not know. Throws Failure(plugin) with their first errors
/// where it cannot be built, or makes no plugin. Throws Failure(system) as run_cmake.
std::vector<std::filesystem::path> build_plugins(const std::filesystem::path& source,
                                                 const std::filesystem::path& known_as,
                                                 const std::filesystem::path& build,
                                                 const std::filesystem::path& log);

}  // namespace graft::install
