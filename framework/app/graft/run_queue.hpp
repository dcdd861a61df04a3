// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "console.hpp"
#include "core/files.hpp"
#include "jobs/devices.hpp"
#include "jobs/record.hpp"
#include "jobs/slurm.hpp"

namespace graft::app {

/// How a queue is run. The record keeps it for those who go on with the queue.
struct RunOptions {
    jobs::QueueOptions placing;
    bool profile = false;
    std::optional<double> time_limit = {};  ///< seconds a job, whatever its pipeline says; 0: any number
    std::optional<jobs::slurm::SubmitOptions> slurm = {};  ///< absent: jobs run on this machine
    bool detached = false;                                 ///< only submits; not kept

    core::Json to_json() const;
    static RunOptions from_json(const core::Json& json);
};

/// A queue of the record that this process works on.
struct HeldQueue {
    jobs::QueueRecord& record;
    std::int64_t number;
    core::FolderLock lock;
};

/// What is left to do of a queue.
struct RestOfQueue {
    std::vector<jobs::Job> jobs;
    std::vector<std::size_t> numbers;         ///< theirs in the record
    std::vector<jobs::RecordedJob> finished;  ///< before
    std::size_t size = 0;                     ///< of the whole queue
    bool made_folders = false;                ///< those of runs that did not begin are to go again
};

/// That a queue is not kept, and why.
void warn_of_record(const Console& console, const std::string& problem);

/// Runs the jobs; tells on the way what they do and at the end what they gave. The exit code, which is that
/// of the worst end. `held`: where it is kept; null: nowhere.
int run_queue(RestOfQueue rest, const RunOptions& options, HeldQueue* held, const Console& console);

}  // namespace graft::app
