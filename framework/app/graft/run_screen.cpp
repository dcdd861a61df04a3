// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "run_screen.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "jobs.hpp"
#include "jobs/run_files.hpp"
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
    names.reserve(queue.size());
    for (const Job& job : queue) {
        names.push_back(job.name);
    }
    return names;
}

std::string profile_of(const Json& result, const Console& console) {
    return report::profile_text(result.value("profile", Json()), console.out());
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

/// The record of a run whose engine died does not stay at "running".
void record_death(const Outcome& outcome, const std::string& folder) {
    if (outcome.exit_code != 0 && !folder.empty()) {
        jobs::record_death(folder, outcome.error.empty() ? "killed before it could save" : outcome.error);
    }
}

class LoneScreen : public RunScreen {
public:
    LoneScreen(const std::vector<Job>& queue, const Console& console)
        : queue_(queue), console_(console), screen_(console) {
        events_.add(screen_);
        events_.add(run_);
    }

    core::EventSink& begins(std::size_t) override { return events_; }
    void told(const std::string& text) override { console_.err().out << text << "\n" << std::flush; }

    void ended(std::size_t, const Outcome& outcome) override {
        record_death(outcome, run_.folder);
        screen_.conclude();
        outcome_ = outcome;
    }

    void left_out(std::size_t, const std::string& why) override {
        console_.err().out << "left out: " << why << "\n";
    }

    void ended_before(const std::string&, const Json&) override {}

    int conclude(bool profile) override {
        if (!outcome_.error.empty()) {
            return console_.fail(outcome_.exit_code, outcome_.error);
        }
        if (outcome_.result.is_null()) {
            return core::exit_interrupted;  // left out, or stopped while it waited for a device
        }
        if (console_.json()) {
            console_.print(outcome_.result);
            return outcome_.exit_code;
        }
        console_.print(report::run_text(outcome_.result, queue_.front().request, console_.out()));
        if (profile) {
            console_.print(profile_of(outcome_.result, console_));
        }
        return outcome_.exit_code;
    }

private:
    const std::vector<Job>& queue_;
    const Console& console_;
    JobOnScreen screen_;
    FolderOfRun run_;
    core::EventFan events_;
    Outcome outcome_;
};

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

class QueueScreen : public RunScreen {
public:
    QueueScreen(const std::vector<Job>& queue, const Console& console)
        : queue_(queue),
          console_(console),
          report_(console.err(), names_of(queue), core::steady_seconds, console.verbose()),
          is_told_(queue.size()) {}

    core::EventSink& begins(std::size_t job) override {
        is_told_[job] = true;
        report_.begins(job);
        return *parts_.emplace(job, std::make_unique<Part>(report_, job)).first->second;
    }

    void ended(std::size_t job, const Outcome& outcome) override {
        record_death(outcome, parts_.at(job)->folder());
        const bool is_interrupted = outcome.exit_code == core::exit_interrupted;
        report_.ended(job, outcome.result, is_interrupted ? "" : outcome.error);
        codes_.push_back(outcome.exit_code);
        if (!outcome.error.empty()) {
            errors_.emplace_back(job, outcome);
        } else {
            tell(queue_[job].name, outcome.result);
        }
    }

    void left_out(std::size_t job, const std::string& why) override {
        is_told_[job] = true;
        codes_.push_back(core::exit_interrupted);  // not all was done
        report_.left_out(job, why);
        if (console_.json()) {
            console_.print(Json{{"job", queue_[job].name}, {"left_out", why}});
        }
    }

    void told(const std::string& text) override { console_.err().out << text << "\n" << std::flush; }

    void ended_before(const std::string& job, const Json& result) override { tell(job, result); }

    int conclude(bool profile) override {
        for (const auto& [job, outcome] : errors_) {
            console_.fail(outcome.exit_code, outcome.error, queue_[job].name);
        }
        for (std::size_t job = 0; job < queue_.size(); ++job) {
            if (!is_told_[job]) {
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
    void tell(const std::string& job, const Json& given) {
        Json result = given.is_object() ? given : Json::object();
        result["job"] = job;
        if (console_.json()) {
            console_.print(result);
        } else {
            results_.push_back(std::move(result));
        }
    }

    const std::vector<Job>& queue_;
    const Console& console_;
    report::QueueReport report_;
    std::vector<bool> is_told_;  ///< of each job that it began or was left out
    std::map<std::size_t, std::unique_ptr<Part>> parts_;
    std::vector<std::pair<std::size_t, Outcome>> errors_;
    std::vector<Json> results_;
    std::vector<int> codes_;
};

}  // namespace

std::unique_ptr<RunScreen> lone_screen(const std::vector<Job>& queue, const Console& console) {
    return std::make_unique<LoneScreen>(queue, console);
}

std::unique_ptr<RunScreen> queue_screen(const std::vector<Job>& queue, const Console& console) {
    return std::make_unique<QueueScreen>(queue, console);
}

}  // namespace graft::app
