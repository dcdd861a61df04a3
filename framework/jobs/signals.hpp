// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace graft::jobs {

/// While it lives, SIGINT, SIGTERM, SIGUSR1 (a cluster's early warning) and SIGCHLD arrive as numbers on a
/// descriptor that `poll` can wait for, also those that were blocked and came before. One at a time. Host
/// thread only.
class SignalQueue {
public:
    /// Throws Failure(system) where there can be no pipe.
    SignalQueue();
    SignalQueue(const SignalQueue&) = delete;
    SignalQueue& operator=(const SignalQueue&) = delete;
    ~SignalQueue();

    int descriptor() const { return ends_[0]; }

    /// The next signal, or 0; does not wait.
    int next();

private:
    int ends_[2] = {-1, -1};
};

/// "SIGSEGV (Segmentation fault)"; "signal 77" for one that has no name.
std::string signal_text(int signal);

}  // namespace graft::jobs
