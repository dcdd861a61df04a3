// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "jobs/queue.hpp"
#include "jobs/record.hpp"

namespace graft::jobs {

/// Writes into the record what becomes of a queue's jobs, and tells another listener, too. What cannot be
/// written is told once and disturbs no job. Host thread only.
class Recorder : public QueueListener {
public:
    /// `queue`: the jobs that `run_all` runs; `numbers`: theirs in the record. All must outlive this.
    Recorder(QueueRecord& record, std::int64_t number, const std::vector<Job>& queue,
             const std::vector<std::size_t>& numbers, QueueListener& next,
             std::function<void(const std::string& problem)> warn);
    ~Recorder() override;

    std::string reason_to_leave_out(std::size_t job) override;
    core::EventSink& begins(std::size_t job) override;
    void ended(std::size_t job, const Outcome& outcome) override;
    void left_out(std::size_t job, const std::string& why) override;
    void told(const std::string& text) override { next_.told(text); }

private:
    class JobEvents;

    /// Does it unless something failed before.
    void keep(const std::function<void()>& action);

    QueueRecord& record_;
    std::int64_t number_;
    const std::vector<Job>& queue_;
    const std::vector<std::size_t>& numbers_;
    QueueListener& next_;
    std::function<void(const std::string&)> warn_;
    bool works_ = true;
    std::map<std::size_t, std::unique_ptr<JobEvents>> job_events_;
    std::set<std::size_t> open_;  ///< jobs that ended or were left out, and are to be gone on with
};

}  // namespace graft::jobs
