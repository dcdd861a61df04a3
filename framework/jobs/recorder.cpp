// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/recorder.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <utility>

#include "core/problem.hpp"

namespace graft::jobs {

/// Hands a job's events on, and keeps of them what the record must know.
class Recorder::JobEvents : public core::EventSink {
public:
    JobEvents(Recorder& recorder, std::size_t job, core::EventSink& next)
        : recorder_(recorder), job_(job), next_(next) {}

    void emit(const core::Event& event) override {
        if (event.name == "engine") {
            recorder_.keep([&] {
                const ProcessMark engine = mark_of(event.fields.value("pid", std::int64_t{0}));
                if (recorder_.record_.set_engine(recorder_.number_, number(), engine)) {
                    send_signal(engine, SIGTERM);
                }
            });
        } else if (event.name == "folder") {
            recorder_.keep([&] {
                const auto folder = std::filesystem::absolute(event.fields.value("folder", std::string()));
                recorder_.record_.set_folder(recorder_.number_, number(), folder.lexically_normal().string());
            });
        }
        next_.emit(event);
    }

private:
    std::size_t number() const { return recorder_.numbers_.at(job_); }

    Recorder& recorder_;
    std::size_t job_;
    core::EventSink& next_;
};

Recorder::Recorder(QueueRecord& record, std::int64_t number, const std::vector<Job>& queue,
                   const std::vector<std::size_t>& numbers, QueueListener& next,
                   std::function<void(const std::string& problem)> warn)
    : record_(record),
      number_(number),
      queue_(queue),
      numbers_(numbers),
      next_(next),
      warn_(std::move(warn)) {}

Recorder::~Recorder() = default;

void Recorder::keep(const std::function<void()>& action) {
    try {
        if (works_) {
            action();
        }
    } catch (const core::Failure& failure) {
        works_ = false;
        warn_(failure.what());
    }
}

std::string Recorder::reason_to_leave_out(std::size_t job) {
    std::string why = next_.reason_to_leave_out(job);
    if (why.empty()) {
        keep([&] { why = record_.begin(number_, numbers_.at(job)) ? "" : "it was cancelled"; });
    }
    return why;
}

core::EventSink& Recorder::begins(std::size_t job) {
    job_events_[job] = std::make_unique<JobEvents>(*this, job, next_.begins(job));
    return *job_events_[job];
}

void Recorder::ended(std::size_t job, const Outcome& outcome) {
    keep([&] {
        if (is_open(record_.end(number_, numbers_.at(job), outcome))) {
            open_.insert(job);
        }
    });
    next_.ended(job, outcome);
}

void Recorder::left_out(std::size_t job, const std::string& why) {
    const std::vector<std::size_t>& needs = queue_.at(job).needs;
    const bool waits =
        std::any_of(needs.begin(), needs.end(), [&](std::size_t needed) { return open_.contains(needed); });
    if (waits) {
        open_.insert(job);
    } else {
        keep([&] { record_.leave_out(number_, numbers_.at(job), why); });
    }
    next_.left_out(job, why);
}

}  // namespace graft::jobs
