// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Where the jobs of a queue run: `graft run --on`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "arguments.hpp"
#include "jobs/backend.hpp"
#include "jobs/record.hpp"
#include "jobs/slurm.hpp"
#include "run_queue.hpp"

namespace graft::app {

/// --on, and the options that belong to it.
OptionRow on_option();
OptionRow slurm_option();
OptionRow slurm_template_option();
OptionRow tasks_option();

/// What --on slurm and its options ask for; nothing where jobs run here. Throws Failure(pipeline), with all
/// that is wrong; Failure(data) for a job script that cannot be read.
std::optional<jobs::slurm::SubmitOptions> slurm_of(const Arguments& arguments);

/// Has a queue that goes on in Slurm ask with --slurm for other things than before, each key's last word
/// counting. Throws Failure(pipeline) for what is no option of sbatch, or of a queue that runs here.
void ask_slurm_again(RunOptions& options, const Arguments& arguments);

/// `queue_folder`: the queue's in the record; empty: it is not kept.
std::unique_ptr<jobs::Backend> backend_for(const RunOptions& options,
                                           const std::filesystem::path& queue_folder);

/// Of a new queue whose jobs could not be handed over: where none was, nothing is left to go on with.
void give_up_unsubmitted(HeldQueue& held, const RunOptions& options, const std::string& why);

/// What Slurm says, asked once for several queues, and every few seconds for one that is watched.
class SlurmAnswers {
public:
    /// Nothing: it cannot be asked.
    const std::optional<jobs::slurm::KnownJobs>& now();

private:
    std::optional<double> asked_;  ///< seconds of the clock
    std::optional<jobs::slurm::KnownJobs> known_;
};

/// Takes over into the record what became of a queue's jobs elsewhere while no process followed them. This
/// process has the queue's lock. Whether jobs go on elsewhere.
bool update_from_slurm(jobs::QueueRecord& record, const jobs::RecordedQueue& queue, SlurmAnswers& answers);

/// As the record has the queue, after `update_from_slurm` where nobody works on it; with where its jobs are.
struct FreshQueue {
    jobs::RecordedQueue queue;
    bool is_at_work = false;  ///< a process works on it, or its jobs go on elsewhere
};
std::optional<FreshQueue> find_fresh(jobs::QueueRecord& record, std::int64_t number, SlurmAnswers& answers);

}  // namespace graft::app
