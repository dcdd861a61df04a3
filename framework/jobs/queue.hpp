// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "jobs/job.hpp"
#include "jobs/workers.hpp"

namespace graft::jobs {

/// How many jobs of a queue work at the same time, and how many threads of the CPU each of them has.
struct Places {
    std::size_t at_once = 1;
    std::int64_t threads = 0;  ///< 0: one a core
};

/// What this process may use.
struct Machine {
    std::size_t cores = 1;
    std::uint64_t free_memory = 0;  ///< bytes; see core::free_memory
    bool has_gpu = false;           ///< a driver's device file is there
};

Machine this_machine();

/// Where jobs may use the CPU: one a core, but no more than there are jobs and than there is memory for at
/// 2 GiB each; every one has an equal share of the cores. Beside a GPU one at a time, since all would take
/// that one. `wanted`: so many at once, whatever the machine has.
Places places_for(const Machine& machine, std::size_t jobs, std::optional<std::size_t> wanted = {});

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
};

/// Runs the jobs, so many at once, begun in their order, each behind those that it needs. A job that fails
/// stops no others but those that need it; after a signal none begins, and none is told to be left out.
/// Throws Failure(system) when no engine can be started.
void run_all(const std::vector<Job>& queue, std::size_t at_once, Workers& workers, QueueListener& listener);

/// The exit code of a command with several jobs: that of the worst end. Worst to least: a fault of ours,
/// the system, training, data, a plugin, the pipeline, interrupted, done; killed by a signal beats all.
int worst_exit_code(const std::vector<int>& codes);

}  // namespace graft::jobs
