// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "run_queue.hpp"

#include <map>
#include <memory>
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
    int conclude(std::size_t begun, bool profile) {
        for (const auto& [job, outcome] : errors_) {
            console_.fail(outcome.exit_code, outcome.error, queue_[job].name);
        }
        for (std::size_t left = begun; left < queue_.size(); ++left) {
            console_.err().out << queue_[left].name << ": not begun\n";
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
    std::vector<std::pair<std::size_t, Outcome>> errors_;
    std::vector<Json> results_;
    std::vector<int> codes_;
};

int run_alone(const Job& job, bool profile, const Console& console) {
    FolderOfRun run;
    const Outcome outcome = run_job(job, console, &run);
    record_death(outcome, run.folder);
    if (!outcome.error.empty()) {
        return console.fail(outcome.exit_code, outcome.error);
    }
    if (console.json()) {
        console.print(outcome.result);
    } else {
        const auto folders = job.request.value("plugin_dirs", std::vector<std::string>());
        console.print(report::run_text(outcome.result, folders, console.out()));
        if (profile) {
            console.print(profile_of(outcome.result, console));
        }
    }
    return outcome.exit_code;
}

}  // namespace

int run_queue(std::vector<Job> queue, std::optional<std::size_t> at_once, bool profile,
              const Console& console) {
    if (queue.size() == 1) {
        return run_alone(queue.front(), profile, console);
    }
    const jobs::Places places = jobs::places_for(jobs::this_machine(), queue.size(), at_once);
    for (Job& job : queue) {
        Json& threads = job.request["resources"]["threads"];
        threads = threads == 0 ? Json(places.threads) : threads;
    }
    jobs::Workers workers(jobs::engine_path());
    QueueOnScreen screen(queue, console);
    const std::size_t begun = jobs::run_all(queue, places.at_once, workers, screen);
    return screen.conclude(begun, profile);
}

}  // namespace graft::app
