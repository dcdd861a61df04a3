// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>

#include "core/event.hpp"
#include "jobs/job.hpp"

namespace graft::jobs {

/// Where graft-engine is: beside this program. For tests of this program alone the environment variable
/// GRAFT_ENGINE may name another.
std::filesystem::path engine_path();

/// Runs jobs in engine processes, one after the other. Host thread only: while `run` works, this process's
/// handlers of SIGINT, SIGTERM, SIGUSR1 and SIGCHLD are its own.
class Worker {
public:
    explicit Worker(std::filesystem::path engine) : engine_(std::move(engine)) {}

    /// Hands every event to `events` as it comes (`result` too; not `failed` and `crashed`, which become the
    /// outcome), each line that the engine or a plugin prints as `output`, and returns when the engine has
    /// ended. The first signal goes on to the engine as SIGTERM, so that it saves and ends with 75, and is
    /// told to `events` as `stopping`; the second kills it. Never throws for what an engine does; throws
    /// Failure(system) when it cannot be started.
    Outcome run(const Job& job, core::EventSink& events) const;

private:
    std::filesystem::path engine_;
};

}  // namespace graft::jobs
