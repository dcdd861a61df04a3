// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "run_on.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/clock.hpp"
#include "core/files.hpp"
#include "core/problem.hpp"
#include "jobs/local_backend.hpp"
#include "jobs/recorder.hpp"
#include "jobs/slurm_backend.hpp"
#include "run_again.hpp"

namespace graft::app {
namespace {

namespace fs = std::filesystem;
using core::Category;

/// Hears what became of jobs when nobody is to be told.
class Silent : public jobs::QueueListener, public core::EventSink {
public:
    std::string reason_to_leave_out(std::size_t) override { return ""; }
    core::EventSink& begins(std::size_t) override { return *this; }
    void ended(std::size_t, const jobs::Outcome&) override {}
    void left_out(std::size_t, const std::string&) override {}
    void told(const std::string&) override {}
    void emit(const core::Event&) override {}
};

/// While it lives, this process works in another folder, if that is there: what jobs tell is relative to it.
class InFolder {
public:
    explicit InFolder(const fs::path& folder) : before_(fs::current_path(error_)) {
        fs::current_path(folder, error_);
    }
    InFolder(const InFolder&) = delete;
    InFolder& operator=(const InFolder&) = delete;
    ~InFolder() { fs::current_path(before_, error_); }

private:
    std::error_code error_;
    fs::path before_;
};

bool has_open_jobs(const jobs::RecordedQueue& queue) {
    return std::any_of(queue.jobs.begin(), queue.jobs.end(),
                       [](const jobs::RecordedJob& job) { return jobs::is_open(job.state); });
}

bool is_in_slurm(const jobs::RecordedQueue& queue) {
    return RunOptions::from_json(queue.options).slurm.has_value();
}

}  // namespace

OptionRow on_option() {
    return {"on", "WHERE",
            "local (the default), or slurm: Slurm runs the jobs, each sweep as an array; Ctrl-C leaves them "
            "to it "
            "(docs/slurm.md)",
            false};
}
OptionRow slurm_option() {
    return {
        "slurm", "KEY=VALUE",
        "an option of sbatch, without its dashes: partition=gpu, time=2:00:00, gres=gpu:a100:1, exclusive",
        true};
}
OptionRow slurm_template_option() {
    return {"slurm-template", "FILE",
            "the site's own job script instead of graft's; its line `exec \"$@\"` begins the job", false};
}
OptionRow tasks_option() {
    return {"tasks", "N", "processes that do each job together; no training divides its work yet, so 1",
            false};
}

std::optional<jobs::slurm::SubmitOptions> slurm_of(const Arguments& arguments) {
    core::Problems problems;
    const auto add = [&](std::string message, std::string remedy = "") {
        problems.push_back({{}, std::move(message), std::move(remedy)});
    };
    const std::string on = arguments.has("on") ? arguments.one("on") : "local";
    if (on != "local" && on != "slurm") {
        add(fmt::format("--on is '{}'; must be local or slurm", on));
    }
    for (const char* option : {"slurm", "slurm-template"}) {
        if (arguments.has(option) && on == "local") {
            add(fmt::format("--{} means nothing without --on slurm", option));
        }
    }
    for (const auto& [option, why] :
         {std::pair{"devices", "Slurm chooses: --slurm gres=gpu:1"},
          {"dry-run", "take the dry run here"},
          {"resume", "`graft jobs resume` goes on with what was begun in Slurm"}}) {
        if (arguments.has(option) && on == "slurm") {
            add(fmt::format("--{} cannot go with --on slurm", option), why);
        }
    }
    jobs::slurm::SubmitOptions options;
    options.words = arguments.many("slurm");
    const core::Problems words = jobs::slurm::problems_of(options.words);
    problems.insert(problems.end(), words.begin(), words.end());
    if (arguments.has("slurm-template") && on == "slurm") {
        options.script = core::read_file(arguments.one("slurm-template"), std::uint64_t{1} << 20);
        const std::string problem = jobs::slurm::problem_of_script(options.script);
        if (!problem.empty()) {
            add(fmt::format("the job script '{}' cannot be used: {}", arguments.one("slurm-template"),
                            problem));
        }
    }
    core::throw_if_any(Category::pipeline, problems);
    return on == "slurm" ? std::optional(std::move(options)) : std::nullopt;
}

void ask_slurm_again(RunOptions& options, const Arguments& arguments) {
    if (!arguments.has("slurm")) {
        return;
    }
    if (!options.slurm) {
        throw core::Failure(Category::pipeline, "--slurm means nothing here: the queue runs on this machine");
    }
    core::throw_if_any(Category::pipeline, jobs::slurm::problems_of(arguments.many("slurm")));
    for (const std::string& word : arguments.many("slurm")) {
        const std::string key = word.substr(0, word.find('='));
        std::erase_if(options.slurm->words,
                      [&](const std::string& old) { return old.substr(0, old.find('=')) == key; });
        options.slurm->words.push_back(word);
    }
}

std::unique_ptr<jobs::Backend> backend_for(const RunOptions& options, const fs::path& queue_folder) {
    if (!options.slurm) {
        return std::make_unique<jobs::LocalBackend>(options.placing);
    }
    jobs::slurm::SubmitOptions slurm = *options.slurm;
    slurm.at_once = options.placing.at_once;
    return std::make_unique<jobs::SlurmBackend>(std::move(slurm), queue_folder);
}

void give_up_unsubmitted(HeldQueue& held, const RunOptions& options, const std::string& why) {
    const fs::path rounds = jobs::slurm::rounds_of(held.record.folder_of(held.number));
    if (options.slurm && jobs::slurm::last_submissions(rounds).empty()) {
        held.record.give_up(held.number, why);
    }
}

const std::optional<jobs::slurm::KnownJobs>& SlurmAnswers::now() {
    constexpr double seconds_between = 5;
    const double now = core::steady_seconds();
    if (!asked_ || now - *asked_ > seconds_between) {
        std::string why;
        known_ = jobs::slurm::ask(why);
        asked_ = now;
    }
    return known_;
}

bool update_from_slurm(jobs::QueueRecord& record, const jobs::RecordedQueue& queue, SlurmAnswers& answers) {
    if (!is_in_slurm(queue) || !has_open_jobs(queue)) {
        return false;
    }
    const InFolder folder(queue.working_folder);
    const RestOfQueue rest = rest_of(queue);
    Silent silent;
    jobs::Recorder recorder(record, queue.number, rest.jobs, rest.numbers, silent, [](const std::string&) {});
    jobs::SlurmBackend backend({}, record.folder_of(queue.number));
    return !backend.look(rest.jobs, rest.numbers, recorder, answers.now()).empty();
}

std::optional<FreshQueue> find_fresh(jobs::QueueRecord& record, std::int64_t number, SlurmAnswers& answers) {
    auto queue = record.find(number);
    if (!queue) {
        return std::nullopt;
    }
    FreshQueue fresh{*std::move(queue), false};
    if (is_in_slurm(fresh.queue)) {
        {
            const auto lock = has_open_jobs(fresh.queue) ? record.lock(number) : std::nullopt;
            fresh.is_at_work = lock && update_from_slurm(record, fresh.queue, answers);
        }
        if (auto again = record.find(number)) {
            fresh.queue = *std::move(again);
        }
        const fs::path rounds = jobs::slurm::rounds_of(record.folder_of(number));
        for (const auto& [job, submitted] : jobs::slurm::last_submissions(rounds)) {
            fresh.queue.jobs.at(job).place = submitted.id.empty() ? "" : "Slurm's job " + submitted.id;
        }
    }
    fresh.is_at_work = fresh.is_at_work || record.is_at_work(number);
    return fresh;
}

}  // namespace graft::app
