// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// To add a place where jobs can run: a class that implements this, and a line where `graft run` chooses one
// (app/graft/run_on.cpp).
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "jobs/job.hpp"
#include "jobs/queue.hpp"
#include "jobs/record.hpp"

namespace graft::jobs {

/// Where the jobs of a queue run. Whoever works on a queue submits its jobs and polls; `cancel` and `logs`
/// serve any process, whether or not another one works on the queue. One thread per object.
class Backend {
public:
    Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;
    virtual ~Backend() = default;

    /// Takes jobs over, each to begin behind those that it needs. `queue`, `numbers` (theirs in the record)
    /// and `listener` must live as long as the backend. Once for an object. Throws Failure where no job can
    /// be started, or not the way it is asked for.
    virtual void submit(const std::vector<Job>& queue, const std::vector<std::size_t>& numbers,
                        QueueListener& listener) = 0;

    /// Waits for something to happen and tells the listener. False: there is nothing more to wait for, be it
    /// that all jobs have ended or that a signal asked this process to end. Throws Failure(system) where jobs
    /// cannot be started.
    virtual bool poll() = 0;

    /// Whether jobs were left that go on without this process.
    virtual bool has_left_jobs() const = 0;

    /// Has a job save and end; one that waits does not begin. Nothing happens to one that has ended. Throws
    /// Failure(pipeline) where it cannot be reached from here, Failure(system) where that failed.
    virtual void cancel(std::size_t number, const RecordedJob& job) = 0;

    /// The files that may hold what a job had to tell, the most telling first; some may not be there.
    virtual std::vector<std::filesystem::path> logs(std::size_t number, const RecordedJob& job) const = 0;
};

}  // namespace graft::jobs
