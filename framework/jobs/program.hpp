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
    std::string out;    ///< what it printed on standard output
    std::string err;    ///< what it printed on standard error
};

/// Where a shell would find the program by PATH; empty: nowhere.
std::filesystem::path find_program(const std::string& name);

/// Runs a program and waits for its end. `words`: its name, for `find_program`, and its arguments, which no
/// shell sees. It has nothing to read. Throws Failure(system) where it is not there, cannot be started,
/// takes longer than `limit`, or `is_stopped`, asked again and again, says that it shall end. It is then told
/// to, and killed with all that it started where it does not. Any thread.
ProgramEnd run_program(const std::vector<std::string>& words,
                       std::chrono::seconds limit = std::chrono::seconds(60),
                       const std::function<bool()>& is_stopped = nullptr);

}  // namespace graft::jobs
