// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What runs inside of a job of Slurm: one job of a queue, as it would run on this machine. `graft run --on
// slurm` submits it; people do not give this command.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>

#include "command.hpp"
#include "core/clock.hpp"
#include "core/environment.hpp"
#include "core/event.hpp"
#include "core/files.hpp"
#include "core/number_text.hpp"
#include "core/problem.hpp"
#include "jobs/process.hpp"
#include "jobs/program.hpp"
#include "jobs/run_files.hpp"
#include "jobs/signals.hpp"
#include "jobs/slurm.hpp"
#include "jobs/slurm_folder.hpp"
#include "jobs/tasks.hpp"
#include "jobs/workers.hpp"
#include "report/output_log.hpp"

namespace graft::app {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;
using jobs::Job;
using jobs::Outcome;

/// What Slurm tells in the environment; the other number where it does not.
std::int64_t told_number(const char* name, std::int64_t otherwise) {
    const std::string text = core::environment_variable(name);
    const std::string first = text.substr(0, text.find_first_of("(,"));  // of "4(x2),3"
    return core::number_of_text<std::int64_t>(first).value_or(otherwise);
}

/// The job that this process is to run.
struct OwnJob {
    jobs::slurm::Round round;
    std::size_t number;  ///< of the job in the record
};

OwnJob own_job_of(const Words& words) {
    const jobs::slurm::Round round(words.at(0));
    const auto batches = round.batches();
    const auto batch = core::number_of_text<std::size_t>(words.at(1));
    if (!batch || *batch >= batches.size()) {
        throw Failure(
            Category::system, fmt::format("'{}' knows no batch {}", words[0], words[1]),
            "the folder of the record (GRAFT_STATE) must lie on a file system that all nodes share");
    }
    const std::vector<std::size_t>& numbers = batches[*batch].jobs;
    return {round, numbers.at(static_cast<std::size_t>(told_number("SLURM_ARRAY_TASK_ID", 0)))};
}

/// Writes the engine's events down for those who follow the job, and what it prints into the
/// run's log.
class JobEventLog : public core::EventSink {
public:
    /// `file`: empty: nobody follows.
    explicit JobEventLog(fs::path file) : file_(std::move(file)) {}

    void emit(const core::Event& event) override {
        if (event.name == "stopping") {
            was_warned_ = event.fields.value("signal", std::string()).starts_with("SIGUSR1");
        }
        if (event.name == "folder") {
            folder_ = event.fields.value("folder", std::string());
        }
        if (file_.empty()) {
            return;
        }
        log_.emit(event);
        const double now = core::steady_seconds();
        const bool is_much = event.name == "output" || (event.name == "progress" && now - written_ < 1);
        if (!is_much) {
            written_ = now;
            core::append_line(file_, core::to_line(event));
        }
    }

    /// The signal was the one that comes before the time is over.
    bool was_warned() const { return was_warned_; }

    const std::string& folder() const { return folder_; }  ///< of the run; empty: there is none yet

private:
    fs::path file_;
    report::OutputLog log_;
    std::string folder_;
    double written_ = 0;
    bool was_warned_ = false;
};

/// The run folder that an earlier beginning of the same job has come to; empty: it is to begin.
std::string folder_begun(const fs::path& events) {
    std::string folder;
    jobs::slurm::EventTail(events).read([&](const core::Event& event) {
        if (event.name == "folder") {
            folder = event.fields.value("folder", std::string());
        }
    });
    std::error_code error;
    const bool is_there =
        !folder.empty() && fs::exists(jobs::run_file(folder, jobs::run_files::pipeline), error);
    return is_there ? folder : "";
}

/// `folder`: of `folder_begun`.
void go_on_from(const std::string& folder, Job& job) {
    if (!folder.empty()) {
        job.request = jobs::resume_request(folder, job.request);
        job.request["wait"] = true;
    }
}

/// What Slurm gave, as the engine must be told of it.
void take_what_is_given(Job& job) {
    core::Json& resources = job.request["resources"];
    if (resources.value("threads", std::int64_t{0}) == 0) {
        const std::int64_t on_node = told_number("SLURM_CPUS_ON_NODE", 0);
        const std::int64_t tasks = std::max<std::int64_t>(1, told_number("SLURM_TASKS_PER_NODE", 1));
        const std::int64_t each = on_node > 0 ? std::max<std::int64_t>(1, on_node / tasks) : 0;
        resources["threads"] = told_number("SLURM_CPUS_PER_TASK", each);
    }
    if (job.device.starts_with("cuda")) {
        resources["device"] = "cuda";  // those that are visible are numbered from 0
    }
}

/// Also what keeps it from beginning is an end that is to be told.
Outcome run_here(const Job& job, JobEventLog& event_log) {
    Outcome outcome;
    try {
        outcome =
            jobs::Workers(jobs::engine_path(), core::steady_seconds, jobs::Workers::SecondSignal::repeats)
                .run(job, event_log);
    } catch (const Failure& failure) {
        outcome.exit_code = static_cast<int>(failure.category());
        outcome.error = failure.what();
    }
    if (outcome.exit_code != 0 && !event_log.folder().empty()) {
        jobs::record_death(event_log.folder(),
                           outcome.error.empty() ? "killed before it could save" : outcome.error);
    }
    return outcome;
}

/// One of several tasks of a job; srun starts it. Whether they begin or go on is the same for all, so
/// `folder` (of `folder_begun`) was found before the first of them could make one.
int run_task(const OwnJob& own, const std::string& folder) {
    const std::int64_t rank = told_number("SLURM_PROCID", 0);
    Job job = own.round.job(own.number);
    take_what_is_given(job);
    go_on_from(folder, job);
    job = as_task(job,
                  {static_cast<std::size_t>(rank), static_cast<std::size_t>(told_number("SLURM_LOCALID", 0)),
                   tasks_of(job), core::environment_variable("GRAFT_FIRST_HOST"),
                   static_cast<int>(told_number("GRAFT_PORT", 0))});
    JobEventLog event_log(rank == 0 ? own.round.events(own.number) : fs::path());
    const Outcome outcome = run_here(job, event_log);
    own.round.keep(own.number, outcome, rank);
    // One that has saved must not have srun end those that still do.
    return outcome.exit_code == core::exit_interrupted ? 0 : outcome.exit_code;
}

/// Reaches the tasks on all nodes, and their engines, too. Where Slurm does not answer, they end by Slurm's
/// own signal.
void tell_tasks_to_end(const std::string& id) {
    try {
        jobs::run_program({"scancel", "--signal=TERM", id});
    } catch (const Failure& failure) {
        ::dprintf(STDERR_FILENO, "%s\n", failure.what());
    }
}

/// Starts the tasks, wherever Slurm has room for them, and waits for all. `folder`: of `folder_begun`;
/// `first_signal`: the first that came.
Outcome run_slurm_tasks(const OwnJob& own, const Words& words, std::size_t tasks, const std::string& folder,
                        int& first_signal) {
    for (std::size_t rank = 0; rank < tasks; ++rank) {
        own.round.forget_outcome(own.number, static_cast<std::int64_t>(rank));
    }
    const std::string id = core::environment_variable("SLURM_JOB_ID");
    const std::vector<std::string> more = {
        "GRAFT_FIRST_HOST=" + jobs::slurm::first_node(core::environment_variable("SLURM_JOB_NODELIST")),
        fmt::format("GRAFT_PORT={}", jobs::port_for(told_number("SLURM_JOB_ID", 0)))};
    std::vector<std::string> arguments = {"--kill-on-bad-exit=1", fmt::format("--ntasks={}", tasks)};
    if (const std::string each = core::environment_variable("SLURM_CPUS_PER_TASK"); !each.empty()) {
        arguments.push_back("--cpus-per-task=" + each);  // srun does not take it over from sbatch
    }
    for (const std::string& word : {fs::read_symlink("/proc/self/exe").string(), std::string("job"), words[0],
                                    words[1], std::string("task")}) {
        arguments.push_back(word);
    }
    if (!folder.empty()) {
        arguments.push_back(folder);
    }
    jobs::SignalQueue signals;
    jobs::Process srun(jobs::find_program("srun"), more, arguments);
    std::string nothing;
    srun.feed(nothing);
    jobs::LineReader lines([](const std::string& line) { ::dprintf(STDERR_FILENO, "%s\n", line.c_str()); });
    while (!srun.ended()) {
        pollfd channels[] = {
            {signals.descriptor(), POLLIN, 0}, {srun.output(), POLLIN, 0}, {srun.errors(), POLLIN, 0}};
        ::poll(channels, 3, -1);
        for (int signal = signals.next(); signal != 0; signal = signals.next()) {
            if (signal != SIGCHLD) {
                first_signal = first_signal == 0 ? signal : first_signal;
                tell_tasks_to_end(id);
            }
        }
        if (srun.output() >= 0 && !lines.drain(srun.output())) {
            srun.close_output();
        }
        if (srun.errors() >= 0 && !lines.drain(srun.errors())) {
            srun.close_errors();
        }
    }
    lines.finish();
    std::vector<std::optional<Outcome>> outcomes;
    for (std::size_t rank = 0; rank < tasks; ++rank) {
        outcomes.push_back(own.round.outcome(own.number, static_cast<std::int64_t>(rank)));
    }
    return jobs::joined(outcomes);
}

/// Has Slurm begin the job anew; false: it does not, and says why.
bool begins_anew(JobEventLog& event_log) {
    try {
        return jobs::slurm::requeue(core::environment_variable("SLURM_JOB_ID"));
    } catch (const Failure& failure) {
        event_log.emit({"warning", {{"text", failure.what()}}});
        return false;
    }
}

int run_whole(const OwnJob& own, const Words& words) {
    own.round.forget_outcome(own.number);  // of an earlier beginning
    const fs::path events = own.round.begin_events(own.number);
    Job job = own.round.job(own.number);
    const std::size_t tasks = tasks_of(job);
    const std::string folder = folder_begun(events);
    JobEventLog event_log(events);
    bool was_warned = false;
    Outcome outcome;
    if (tasks > 1) {
        int first_signal = 0;
        outcome = run_slurm_tasks(own, words, tasks, folder, first_signal);
        was_warned = first_signal == SIGUSR1;
    } else {
        take_what_is_given(job);
        go_on_from(folder, job);
        outcome = run_here(job, event_log);
        was_warned = event_log.was_warned();
    }
    if (was_warned && outcome.exit_code == core::exit_interrupted && !outcome.result.is_null()) {
        event_log.emit(
            {"warning", {{"text", "its time was over: it has saved, and goes on when Slurm has room"}}});
        if (begins_anew(event_log)) {
            return outcome.exit_code;
        }
    }
    if (was_warned && outcome.exit_code > 128) {  // who did not save in time is told so, not by which signal
        outcome = jobs::slurm::outcome_of(core::environment_variable("SLURM_JOB_ID"),
                                          jobs::slurm::SlurmState{"TIMEOUT", ""});
    }
    own.round.keep(own.number, outcome);
    return outcome.exit_code;
}

}  // namespace

int run_in_slurm(const Words& words) {
    if (words.size() < 2 || core::environment_variable("SLURM_JOB_ID").empty()) {
        throw Failure(Category::pipeline,
                      "`graft job` is what Slurm runs; people give `graft run --on slurm`");
    }
    // Slurm's signals come more than once, as early and as late as they like: one that comes before there is
    // anybody to hear it waits, and what is done must still be written down.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGUSR1);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    const OwnJob own = own_job_of(words);
    if (words.size() > 2) {
        return run_task(own, words.size() > 3 ? words[3] : "");
    }
    return run_whole(own, words);
}

}  // namespace graft::app
