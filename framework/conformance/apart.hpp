// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "conformance/case.hpp"

namespace graft::conformance {

/// How a case ended.
struct Verdict {
    enum class Kind { passed, failed, skipped };

    Kind kind = Kind::passed;
    std::string text;     ///< what is wrong, or why it was skipped
    std::string remedy;   ///< what the author does about it; may be empty
    std::string printed;  ///< the last lines that it printed, where it died or leaked
    core::Json crash;     ///< what the process told as it died (the event `crashed`); null: nothing
    core::Json measured;  ///< see Case::body
    double seconds = 0;
};

struct Apart {
    double limit = 0;               ///< seconds that the case may take
    const std::atomic<bool>& stop;  ///< true: end the case
    /// Called first in the new process; sees to it that a crash is told to the descriptor as a line of JSON.
    std::function<void(int descriptor)> prepare;
};

/// Runs the case in a process of its own, a fork of this one, which must not have started threads. What it
/// prints goes on to standard error. Never throws for what a plugin does. One thread.
Verdict run_apart(const Case& one, const Apart& apart);

}  // namespace graft::conformance
