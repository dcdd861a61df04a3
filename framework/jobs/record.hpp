// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What is known of a user's queues, kept beyond the life of any process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/event.hpp"
#include "core/files.hpp"
#include "jobs/database.hpp"
#include "jobs/job.hpp"
#include "jobs/process_mark.hpp"

namespace graft::jobs {

enum class JobState { queued, running, finished, failed, interrupted, cancelled };

/// "queued".
std::string to_text(JobState state);

/// Whether a job is to be gone on with: queued, running or interrupted.
bool is_open(JobState state);

struct RecordedJob {
    Job job;
    std::string folder;  ///< the run's, as soon as it is there
    JobState state = JobState::queued;
    int exit_code = 0;
    std::string error;  ///< why it failed or was cancelled
    core::Json result;  ///< as the engine gave it; null: none
    double begun = 0;   ///< seconds since 1970; 0: not yet
    double ended = 0;
    ProcessMark engine;
    std::string place = {};  ///< who has it, for people: "Slurm's job 17_3"; empty: nobody else. Not kept
};

struct RecordedQueue {
    std::int64_t number = 0;
    std::string name;            ///< for people
    std::string working_folder;  ///< that all paths are relative to
    std::string out;             ///< of --out, absolute; empty: not given
    core::Json options = core::Json::object();
    double created = 0;
    ProcessMark host;
    std::vector<RecordedJob> jobs;
};

/// A line of the list of queues.
struct QueueSummary {
    std::int64_t number = 0;
    std::string name;
    double created = 0;
    std::vector<std::size_t> counts;  ///< of jobs, by JobState
    bool is_open = false;             ///< some job is to be gone on with
};

/// So many queues are kept: a new one has older ones forgotten that are done.
inline constexpr std::size_t most_kept_queues = 1000;

/// The record of a user, in a folder of its own; many processes read and write it at the same time.
/// Everything throws Failure(system) where it cannot be read or written. One thread an object.
class QueueRecord {
public:
    /// Makes what is not there, for the user alone. Throws Failure(system), too, for the record of a newer
    /// graft.
    explicit QueueRecord(std::filesystem::path folder);

    /// Adds a queue, whose number it gives, and locks it, so that no other process begins it meanwhile. Where
    /// there are more than `most_kept_queues` then, it forgets old ones. The queue is created now. Of each
    /// job only `job` is taken, without Job::environment: it is queued. Throws Failure(pipeline) where
    /// another queue of the same `out` is not done.
    std::pair<std::int64_t, core::FolderLock> add(const RecordedQueue& queue);

    /// The lock of a queue; nothing: a process works on it.
    std::optional<core::FolderLock> lock(std::int64_t queue) const;
    bool is_at_work(std::int64_t queue) const;

    /// Where what belongs to a queue may lie; the lock's folder.
    std::filesystem::path folder_of(std::int64_t queue) const;

    /// The newest first; `most`: no more than so many, 0: all.
    std::vector<QueueSummary> list(std::size_t most = 0);

    std::optional<RecordedQueue> find(std::int64_t queue);
    std::vector<std::int64_t> named(const std::string& name);

    /// The queue of this `out` that is not done.
    std::optional<std::int64_t> open_queue(const std::string& out);

    /// A host works on the queue from now on. What was to be cancelled when the one before died is cancelled.
    void take_over(std::int64_t queue, const ProcessMark& host, const core::Json& options);

    /// A job begins. False: it was cancelled meanwhile, or ended.
    bool begin(std::int64_t queue, std::size_t job);

    /// Its engine is there. True: it was to be cancelled before anyone knew of the engine.
    bool set_engine(std::int64_t queue, std::size_t job, const ProcessMark& engine);
    void set_folder(std::int64_t queue, std::size_t job, const std::string& folder);

    /// Finished, interrupted, cancelled (where somebody asked for that) or failed, by its outcome; gives
    /// which.
    JobState end(std::int64_t queue, std::size_t job, const Outcome& outcome);

    /// Cancels a job that is queued or interrupted, with the reason.
    void leave_out(std::int64_t queue, std::size_t job, const std::string& why);

    /// Cancels a job that is queued or interrupted, or that runs in a queue no process works on. Any other
    /// that runs is to be cancelled when it ends; its engine, where it is known, is given, and is to be told.
    std::optional<ProcessMark> cancel(std::int64_t queue, std::size_t job);

    /// A failed or cancelled job is queued again, or, where its run has begun, interrupted. False: it is
    /// neither.
    bool retry(std::int64_t queue, std::size_t job);

    /// Cancels all that is not done of a queue, which this process has locked.
    void give_up(std::int64_t queue, const std::string& why);

    /// The job whose run lies in the folder (absolute) has become finished or interrupted without its queue;
    /// a queue at work is left alone.
    void correct(const std::string& folder, JobState state, const core::Json& result);

    /// Queues that are done, the oldest first: all of whose jobs ended more than so many seconds ago, or, of
    /// all that there are, those beyond the newest `keep`.
    std::vector<std::int64_t> done_before(double seconds_ago);
    std::vector<std::int64_t> done_beyond(std::size_t keep);

    /// Takes a queue out of the record; the runs of its jobs stay. False, and it stays: something of it is to
    /// be gone on with, a process works on it, or there is none.
    bool forget(std::int64_t queue);

private:
    std::filesystem::path folder_;
    Database database_;
};

}  // namespace graft::jobs
