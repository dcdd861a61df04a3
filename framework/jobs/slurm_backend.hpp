// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "jobs/backend.hpp"
#include "jobs/signals.hpp"
#include "jobs/slurm.hpp"
#include "jobs/slurm_folder.hpp"

namespace graft::jobs {

/// Jobs that Slurm runs. They outlive this process: whoever works on the queue next follows those that Slurm
/// still has, and submits none of them twice. Inside of a job `graft job` runs it and writes down what
/// happens (app/graft/run_in_slurm.cpp); this reads it, and asks Slurm itself rarely.
class SlurmBackend : public Backend {
public:
    /// `queue_folder`: the queue's in the record.
    SlurmBackend(slurm::SubmitOptions options, const std::filesystem::path& queue_folder);
    ~SlurmBackend() override;

    void submit(const std::vector<Job>& queue, const std::vector<std::size_t>& numbers,
                QueueListener& listener) override;
    bool poll() override;
    bool has_left_jobs() const override { return has_left_jobs_; }
    void cancel(std::size_t number, const RecordedJob& job) override;
    std::vector<std::filesystem::path> logs(std::size_t number, const RecordedJob& job) const override;

    /// Instead of `submit` and `poll`: tells the listener what has happened to jobs that were submitted, and
    /// returns. `known`: Slurm's answer; nothing: it could not be asked. The numbers of those that Slurm
    /// still has, or may have.
    std::set<std::size_t> look(const std::vector<Job>& queue, const std::vector<std::size_t>& numbers,
                               QueueListener& listener, const std::optional<slurm::KnownJobs>& known);

private:
    struct Followed;

    void attend(const std::vector<Job>& queue, const std::vector<std::size_t>& numbers,
                QueueListener& listener);
    std::optional<slurm::Submitted> submission_of(std::size_t number) const;
    void adopt_submitted(const std::optional<slurm::KnownJobs>& known);
    void adopt(std::size_t job, const slurm::Submitted& submitted,
               const std::optional<slurm::KnownJobs>& known);
    void submit_missing();
    void submit_batch(const slurm::Round& round, std::vector<slurm::KeptBatch>& kept,
                      const std::vector<std::size_t>& jobs);
    slurm::JobBatch batch_of(const slurm::Round& round, std::size_t number,
                             const std::vector<std::size_t>& jobs) const;
    bool turn();
    bool hear(Followed& followed);
    void ask();
    void judge(Followed& followed, const std::optional<slurm::SlurmState>& state);
    bool begin(Followed& followed);
    void end(Followed& followed, const Outcome& outcome);
    void leave_out(Followed& followed, const std::string& why);
    std::string reason_of_leaving(const Followed& followed) const;
    std::size_t open_jobs() const;

    slurm::SubmitOptions options_;
    std::filesystem::path rounds_;
    std::filesystem::path script_;  ///< of the round that is being submitted
    const std::vector<Job>* queue_ = nullptr;
    const std::vector<std::size_t>* numbers_ = nullptr;
    QueueListener* listener_ = nullptr;
    std::map<std::size_t, std::unique_ptr<Followed>> followed_;  ///< by the index in the queue
    std::set<std::size_t> failed_;                               ///< of those, who ended otherwise than well
    std::unique_ptr<SignalQueue> signals_;
    std::optional<slurm::KnownJobs> known_;  ///< for `cancel`
    double next_ask_ = 0;
    double between_asks_ = 0;
    bool is_reachable_ = true;
    bool has_left_jobs_ = false;
};

}  // namespace graft::jobs
