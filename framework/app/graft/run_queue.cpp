// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "run_queue.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "jobs.hpp"
#include "jobs/queue.hpp"
#include "jobs/run_files.hpp"
#include "report/output_log.hpp"
#include "report/profile.hpp"
#include "report/queue_report.hpp"
#include "report/results.hpp"

namespace graft::app {
namespace {

using core::Json;
using jobs::Job;
using jobs::Outcome;

std::vector<std::string> names_of(const std::vector<Job>& queue) {
    std::vector<std::string> names;
    for (const Job& job : queue) {
        names.push_back(job.name);
    }
    return names;
}

/// Where a run lies, as its events tell.
class FolderOfRun : public core::EventSink {
public:
    void emit(const core::Event& event) override {
        if (event.name == "folder") {
            folder = event.fields.value("folder", std::string());
        }
    }

    std::string folder;
};

std::string profile_of(const Json& result, const Console& console) {
    return report::profile_text(result.value("profile", Json()), console.out());
}

/// One of several jobs: its log, its folder, and its line on the screen.
class Part : public core::EventSink {
public:
    Part(report::QueueReport& report, std::size_t job) : report_(report), job_(job) {}

    void emit(const core::Event& event) override {
        log_.emit(event);
        run_.emit(event);
        report_.heard(job_, event);
    }

    const std::string& folder() const { return run_.folder; }

private:
    report::QueueReport& report_;
    std::size_t job_;
    report::OutputLog log_;
    FolderOfRun run_;
};

void tell(const Console& console, const std::string& text) {
    console.err().out << text << "\n" << std::flush;
}

/// The record of a run whose engine died does not stay at "running".
void record_death(const Outcome& outcome, const std::string& folder) {
    if (outcome.exit_code != 0 && !folder.empty()) {
        jobs::record_death(folder, outcome.error.empty() ? "killed before it could save" : outcome.error);
    }
}

/// A queue of several jobs on the screen.
class QueueOnScreen : public jobs::QueueListener {
public:
    QueueOnScreen(const std::vector<Job>& queue, const Console& console)
        : queue_(queue),
          console_(console),
          report_(console.err(), names_of(queue), core::steady_seconds, console.verbose()) {}

    core::EventSink& begins(std::size_t job) override {
        report_.begins(job);
        return *parts_.emplace(job, std::make_unique<Part>(report_, job)).first->second;
    }

    std::string reason_to_leave_out(std::size_t) override { return ""; }

    void left_out(std::size_t job, const std::string& why) override {
        left_out_.insert(job);
        console_.err().out << queue_[job].name << ": left out: " << why << "\n" << std::flush;
    }

    void told(const std::string& text) override { tell(console_, text); }

    void ended(std::size_t job, const Outcome& outcome) override {
        record_death(outcome, parts_.at(job)->folder());
        report_.ended(job, outcome.result, outcome.error);
        codes_.push_back(outcome.exit_code);
        Json result = outcome.result.is_object() ? outcome.result : Json::object();
        result["job"] = queue_[job].name;
        if (!outcome.error.empty()) {
            errors_.emplace_back(job, outcome);
        } else if (console_.json()) {
            console_.print(result);
        } else {
            results_.push_back(std::move(result));
        }
    }

    /// The table of results, why others failed, and what was not begun; the exit code.
    int conclude(bool profile) {
        for (const auto& [job, outcome] : errors_) {
            console_.fail(outcome.exit_code, outcome.error, queue_[job].name);
        }
        for (std::size_t job = 0; job < queue_.size(); ++job) {
            if (parts_.count(job) + left_out_.count(job) == 0) {
                console_.err().out << queue_[job].name << ": not begun\n";
            }
        }
        if (!results_.empty()) {
            console_.print(report::results_table(results_, console_.out()));
        }
        for (std::size_t index = 0; profile && index < results_.size(); ++index) {
            const Json& result = results_[index];
            console_.print("\n" + result["job"].get<std::string>() + "\n" + profile_of(result, console_));
        }
        return jobs::worst_exit_code(codes_);
    }

private:
    const std::vector<Job>& queue_;
    const Console& console_;
    report::QueueReport report_;
    std::map<std::size_t, std::unique_ptr<Part>> parts_;
    std::set<std::size_t> left_out_;
    std::vector<std::pair<std::size_t, Outcome>> errors_;
    std::vector<Json> results_;
    std::vector<int> codes_;
};

/// A queue of one job.
class JobAlone : public jobs::QueueListener {
public:
    JobAlone(const Job& job, const Console& console) : job_(job), console_(console), screen_(console) {
        events_.add(screen_);
        events_.add(run_);
    }

    std::string reason_to_leave_out(std::size_t) override { return ""; }
    void left_out(std::size_t, const std::string&) override {}  // it needs no other
    core::EventSink& begins(std::size_t) override { return events_; }

    void told(const std::string& text) override { tell(console_, text); }

    void ended(std::size_t, const Outcome& outcome) override {
        record_death(outcome, run_.folder);
        screen_.conclude();
        outcome_ = outcome;
    }

    int conclude(bool profile) const {
        if (!outcome_.error.empty()) {
            return console_.fail(outcome_.exit_code, outcome_.error);
        }
        if (outcome_.result.is_null()) {
            return core::exit_interrupted;  // a signal came while it waited for a device
        }
        if (console_.json()) {
            console_.print(outcome_.result);
            return outcome_.exit_code;
        }
        const auto folders = job_.request.value("plugin_dirs", std::vector<std::string>());
        console_.print(report::run_text(outcome_.result, folders, console_.out()));
        if (profile) {
            console_.print(profile_of(outcome_.result, console_));
        }
        return outcome_.exit_code;
    }

private:
    const Job& job_;
    const Console& console_;
    JobOnScreen screen_;
    FolderOfRun run_;
    core::EventFan events_;
    Outcome outcome_;
};

}  // namespace

int run_queue(const std::vector<Job>& queue, const jobs::QueueOptions& options, bool profile,
              const Console& console) {
    jobs::Workers workers(jobs::engine_path());
    if (queue.size() == 1) {
        JobAlone alone(queue.front(), console);
        jobs::run_all(queue, options, workers, alone);
        return alone.conclude(profile);
    }
    QueueOnScreen screen(queue, console);
    jobs::run_all(queue, options, workers, screen);
    return screen.conclude(profile);
}

}  // namespace graft::app
