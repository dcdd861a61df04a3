// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace graft::jobs {

/// What a program that ran to its end left.
struct ProgramEnd {
    int exit_code = 0;  ///< 128 + n where signal n ended it
    std::string out;    ///< its standard output by lines, each ended by '\n'; empty lines are left out
    std::string err;    ///< its standard error, likewise
};

/// Where a shell would find the program by PATH; empty: nowhere.
std::filesystem::path find_program(const std::string& name);

/// Runs a program and waits for its end. `words`: its name, for `find_program`, and its arguments, which no
/// shell sees. It has nothing to read. Throws Failure(system) where it is not there, cannot be started,
/// takes longer than `limit`, or `is_stopped`, asked again and again, says that it shall end. Its process
/// group then gets SIGTERM, and SIGKILL once its outputs are closed, after 5 seconds at the latest. Any
/// thread.
ProgramEnd run_program(const std::vector<std::string>& words,
                       std::chrono::seconds limit = std::chrono::seconds(60),
                       const std::function<bool()>& is_stopped = nullptr);

}  // namespace graft::jobs
