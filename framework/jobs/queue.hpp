// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "jobs/devices.hpp"
#include "jobs/job.hpp"
#include "jobs/machine.hpp"
#include "jobs/workers.hpp"

namespace graft::jobs {

/// Is told what becomes of the jobs of a queue, by their numbers.
class QueueListener {
public:
    QueueListener() = default;
    QueueListener(const QueueListener&) = delete;
    QueueListener& operator=(const QueueListener&) = delete;
    virtual ~QueueListener() = default;

    /// Asked right before a job would begin: why it does not, after all; empty: it does.
    virtual std::string reason_to_leave_out(std::size_t job) = 0;

    /// A job begins. Its events go to the sink, which must live until `ended`.
    virtual core::EventSink& begins(std::size_t job) = 0;
    virtual void ended(std::size_t job, const Outcome& outcome) = 0;

    /// A job will not begin.
    virtual void left_out(std::size_t job, const std::string& why) = 0;

    /// What a person must know of the devices: "waiting: .." while nothing runs and nothing can begin until
    /// others leave room, "warning: .." of GPUs that cannot be seen.
    virtual void told(const std::string& text) = 0;
};

/// Runs the jobs on the devices of this machine, placed as jobs/placement.hpp says, each behind those that it
/// needs. The request's resources are filled in: threads where the request leaves them open, memory_share
/// where several jobs share a device, the device where there are GPUs; which GPU stands in the engine's
/// environment. A job that lacked memory goes on once more with twice as much, where there is more. A job
/// whose end lies outside of it (Outcome::can_pass, or its GPU is lost) is tried once more after 30 seconds.
/// A job that fails stops no others but those that need it. After a signal none begins; those that need a
/// job which it interrupted are told as left out. `look`: what the machine has now. Throws Failure(system)
/// when no engine can be started, Failure(pipeline) where --devices leaves a job none.
void run_all(const std::vector<Job>& queue, const QueueOptions& options, Workers& workers,
             QueueListener& listener, const std::function<Machine()>& look = this_machine);

/// The exit code of a command with several jobs: that of the worst end. Worst to least: a fault of ours,
/// the system, training, data, a plugin, the pipeline, interrupted, done; killed by a signal beats all.
int worst_exit_code(const std::vector<int>& codes);

}  // namespace graft::jobs
