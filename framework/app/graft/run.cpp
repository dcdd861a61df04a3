// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>

#include "command.hpp"
#include "core/duration.hpp"
#include "core/problem.hpp"
#include "jobs.hpp"
#include "jobs/process_mark.hpp"
#include "jobs/record.hpp"
#include "jobs/run_files.hpp"
#include "pipeline/pipeline.hpp"
#include "run_again.hpp"
#include "run_on.hpp"
#include "run_placing.hpp"
#include "run_plan.hpp"
#include "run_queue.hpp"
#include "trace_shapes.hpp"
#include "trust.hpp"
#include "whole_number.hpp"

namespace graft::app {
namespace {

namespace fs = std::filesystem;

const Usage& run_usage() {
    static const Usage usage = {
        "run",
        "PIPELINE...",
        static_cast<std::size_t>(-1),
        "Trains what a pipeline file describes and leaves a run folder. Several pipelines, and all that a "
        "file with\n"
        "`matrix` stands for, are validated before the first begins and trained side by side where only the "
        "CPU is\n"
        "used, each behind those that it `needs`; one that fails stops only those that need it. Where the "
        "same\n"
        "command was broken off, it goes on with what is not done in its --out (`graft jobs` lists what was "
        "begun).",
        {set_option(),
         {"out", "DIR",
          "the run's folder, new or empty (several pipelines: the folder above the runs); default "
          "runs/NAME-TIME",
          false},
         {"jobs", "N",
          "so many pipelines at the same time, each with its share of the cores; default one a core as far "
          "as memory "
          "goes (2 GiB each), on each GPU up to four",
          false},
         {"devices", "LIST",
          "use these devices alone: cuda:0,cpu; default every GPU, and the CPU for pipelines that ask for it "
          "or "
          "where there is no GPU (`graft devices` lists them)",
          false},
         {"time-limit", "TIME",
          "let each job save and end after so long, whatever its pipeline says: 90min, 2h, 1d; 0: never",
          false},
         {"detach", "", "leave it running when this command and its terminal end (`graft jobs` follows it)",
          false},
         {"dry-run", "", "take two batches through everything and leave nothing behind", false},
         {"resume", "RUN",
          "go on with a run that ended or was broken off, instead of a pipeline; --set may change its "
          "epochs, "
          "phases that have not begun, early_stop, device and threads",
          false},
         {"profile", "", "tell at the end where the time went; run.json has it always", false},
         trace_shapes_option(),
         device_option(),
         threads_option(),
         on_option(),
         slurm_option(),
         slurm_template_option(),
         tasks_option(),
         plugin_dir_option(),
         trust_option(),
         verbose_option(),
         json_option()},
        "graft run configs/synthetic.yaml --set train.epochs=2 --out runs/first\n"
        "graft run sweep.yaml --out runs/sweep --on slurm --slurm partition=gpu --slurm time=2:00:00\n"
        "graft run a.yaml sweep.yaml --out runs/all --jobs 4\n"
        "graft run --resume runs/first --set train.epochs=4"};
    return usage;
}

/// How many jobs at once --jobs asks for; nothing where it does not.
std::optional<std::size_t> jobs_at_once(const Arguments& arguments) {
    if (!arguments.has("jobs")) {
        return std::nullopt;
    }
    const std::string text = arguments.one("jobs");
    const auto number = whole_number(text, 1, 1024);
    if (!number) {
        refuse(run_usage(), fmt::format("--jobs is '{}'; must be a whole number from 1 to 1024", text));
    }
    return static_cast<std::size_t>(*number);
}

/// The seconds of --time-limit.
std::optional<double> time_limit_of(const Arguments& arguments) {
    if (!arguments.has("time-limit")) {
        return std::nullopt;
    }
    const auto seconds = core::seconds_of_text(arguments.one("time-limit"));
    if (!seconds) {
        refuse(run_usage(), fmt::format("--time-limit is '{}'; must be {}", arguments.one("time-limit"),
                                        core::duration_form));
    }
    return seconds;
}

/// The names that --devices has, commas between them.
std::vector<std::string> devices_of(const Arguments& arguments) {
    std::vector<std::string> names;
    std::istringstream list(arguments.one("devices"));
    for (std::string name; std::getline(list, name, ',');) {
        if (name == "auto" || !pipeline::is_device(name)) {
            refuse(run_usage(),
                   fmt::format("--devices names '{}'; must be cpu, cuda, or cuda: with a number", name),
                   "commas between several: cuda:0,cpu");
        }
        names.push_back(name);
    }
    if (arguments.has("devices") && names.empty()) {
        refuse(run_usage(), "--devices names none", "allowed: cpu, cuda, cuda:N, commas between them");
    }
    return names;
}

std::vector<Planned> plan_resumed(const Arguments& arguments, const Console& console) {
    for (const char* option : {"out", "dry-run", "detach", "trace-shapes"}) {
        if (arguments.has(option)) {
            refuse(run_usage(),
                   fmt::format("--{} cannot go with --resume: a run goes on as it was begun", option));
        }
    }
    const std::string run = find_run_to_resume(arguments.one("resume"), console);
    std::vector<Planned> planned(1);
    planned[0].job = {run,
                      {{"command", "run"},
                       {"resume", run},
                       {"sets", arguments.many("set")},
                       {"resources", to_json(resources_of(arguments))},
                       {"plugin_dirs", plugin_dirs(arguments)}}};
    planned[0].job = trusting(std::move(planned[0].job), arguments);
    try {
        place_by(read_pipeline(jobs::run_file(run, jobs::run_files::pipeline), arguments.many("set")),
                 planned[0].job);
    } catch (const core::Failure&) {
        // The engine tells what is wrong with it, and that the run cannot go on.
    }
    return planned;
}

std::vector<Planned> plan_any(const Arguments& arguments, const Console& console) {
    if (arguments.has("resume") == !arguments.positional().empty()) {
        refuse(run_usage(), arguments.has("resume") ? "--resume takes no pipeline: the run has its own"
                                                    : "which pipeline?");
    }
    return arguments.has("resume") ? plan_resumed(arguments, console) : plan_jobs(arguments);
}

/// One name for one folder, without a slash behind it.
std::string absolute_folder(const std::string& folder) {
    const fs::path whole = (fs::absolute(folder) / "").lexically_normal();
    return whole.parent_path().string();
}

RestOfQueue all_of(const std::vector<Planned>& planned) {
    RestOfQueue all;
    all.jobs = jobs_of(planned);
    all.size = planned.size();
    for (std::size_t job = 0; job < planned.size(); ++job) {
        all.numbers.push_back(job);
    }
    return all;
}

/// What became of a run that went on by itself, for the queue that it was begun in. If that cannot be kept,
/// the queue will find out when it goes on.
void correct_record(const std::string& run) {
    try {
        const jobs::RunState state = jobs::state_of(run);
        const bool is_finished = state.status == "finished";
        if (is_finished || state.status == "interrupted") {
            open_record().correct(absolute_folder(run),
                                  is_finished ? jobs::JobState::finished : jobs::JobState::interrupted,
                                  state.record);
        }
    } catch (const core::Failure&) {
        return;
    }
}

/// Whether a queue is what a command line asks for again; where runs lie and what they may use aside.
bool is_same(const jobs::RecordedQueue& queue, const std::vector<Planned>& planned) {
    const auto asked = [](core::Json request) {
        for (const char* key : {"out", "weights_of", "resources"}) {
            request.erase(key);
        }
        return request;
    };
    return queue.working_folder == fs::current_path().string() &&
           std::equal(queue.jobs.begin(), queue.jobs.end(), planned.begin(), planned.end(),
                      [&](const jobs::RecordedJob& job, const Planned& next) {
                          return asked(job.job.request) == asked(next.job.request);
                      });
}

/// Jobs that Slurm may have are not begun here, too, nor the other way round.
void refuse_another_place(const jobs::RecordedQueue& queue, const RunOptions& options) {
    const bool was_in_slurm = RunOptions::from_json(queue.options).slurm.has_value();
    if (was_in_slurm != options.slurm.has_value()) {
        throw core::Failure(
            core::Category::pipeline,
            fmt::format("queue {} of this --out was begun {}", queue.number,
                        was_in_slurm ? "with --on slurm, and Slurm may have its jobs" : "on this machine"),
            fmt::format("`graft jobs resume {0}` goes on with it there, `graft jobs cancel {0}` gives it up",
                        queue.number));
    }
}

/// Goes on with the unfinished queue of --out, which the command began before; the exit code. Nothing where
/// other pipelines are asked for and the runs of that queue were removed: then it is given up.
std::optional<int> go_on_here(jobs::QueueRecord& record, std::int64_t number,
                              const std::vector<Planned>& planned, const Arguments& arguments,
                              const RunOptions& options, const Console& console) {
    const jobs::RecordedQueue queue = *record.find(number);
    core::FolderLock lock = lock_queue(record, queue);
    std::error_code error;
    if (is_same(queue, planned)) {
        refuse_another_place(queue, options);
        console.err().out << fmt::format("going on with queue {}\n", number) << std::flush;
    } else if (!fs::exists(queue.out, error) || fs::is_empty(queue.out, error)) {
        record.give_up(number, "its folder was removed, and other pipelines began there");
        return std::nullopt;
    } else {
        throw core::Failure(
            core::Category::pipeline,
            fmt::format("'{}' belongs to queue {}, which is not done and was begun with other pipelines",
                        arguments.one("out"), number),
            fmt::format("`graft jobs resume {0}` goes on with it, `graft jobs cancel {0}` gives it up",
                        number));
    }
    if (arguments.has("detach") && !options.slurm) {
        { const core::FolderLock released = std::move(lock); }
        return go_on_detached(record, number, console);
    }
    return go_on({record, number, std::move(lock)}, options, console);
}

jobs::RecordedQueue queue_of(const std::vector<Planned>& planned, const std::string& out,
                             const RunOptions& options) {
    jobs::RecordedQueue queue;
    queue.name = planned.size() == 1 || out.empty() ? planned[0].group : fs::path(out).filename().string();
    queue.working_folder = fs::current_path().string();
    queue.out = out;
    queue.options = options.to_json();
    queue.host = jobs::mark_of(::getpid());
    for (const Planned& next : planned) {
        queue.jobs.emplace_back();
        queue.jobs.back().job = next.job;
    }
    return queue;
}

/// What goes on without this process goes on by the record.
bool needs_record(const Arguments& arguments, const RunOptions& options) {
    return arguments.has("detach") || options.slurm.has_value();
}

/// Begins with jobs that nobody has begun before. `record`: null: there is none.
int begin(std::vector<Planned>& planned, const Arguments& arguments, const RunOptions& options,
          const std::string& out, jobs::QueueRecord* record, const Console& console) {
    if (planned.size() > 1 || arguments.has("detach") || options.slurm || arguments.has("tasks") ||
        arguments.has("trace-shapes")) {
        validate(planned, options.slurm.has_value(), arguments.has("trace-shapes"), console);
    }
    if (is_refused(planned)) {
        return refuse_all(planned, console);
    }
    if (!arguments.has("dry-run")) {
        choose_folders(planned, arguments.one("out"));
    }
    std::optional<HeldQueue> held;
    if (record != nullptr) {
        try {
            auto [number, lock] = record->add(queue_of(planned, out, options));
            held.emplace(HeldQueue{*record, number, std::move(lock)});
        } catch (const core::Failure& failure) {
            if (failure.category() != core::Category::system || needs_record(arguments, options)) {
                throw;
            }
            warn_of_record(console, failure.what());
        }
    }
    if (arguments.has("detach") && !options.slurm) {
        const std::int64_t number = held->number;
        held.reset();
        return go_on_detached(*record, number, console);
    }
    RestOfQueue all = all_of(planned);
    all.made_folders = out.empty();
    try {
        return run_queue(std::move(all), options, held ? &*held : nullptr, console);
    } catch (const core::Failure& failure) {
        if (held) {
            give_up_unsubmitted(*held, options, failure.what());
        }
        throw;
    }
}

int begin_recorded(std::vector<Planned>& planned, const Arguments& arguments, const RunOptions& options,
                   const Console& console) {
    std::optional<jobs::QueueRecord> record;
    try {
        record.emplace(open_record());
    } catch (const core::Failure& failure) {
        if (needs_record(arguments, options)) {
            throw;
        }
        warn_of_record(console, failure.what());
    }
    const std::string out = arguments.has("out") ? absolute_folder(arguments.one("out")) : "";
    const auto unfinished = record ? record->open_queue(out) : std::nullopt;
    if (unfinished) {
        const auto exit_code = go_on_here(*record, *unfinished, planned, arguments, options, console);
        if (exit_code) {
            return *exit_code;
        }
    }
    return begin(planned, arguments, options, out, record ? &*record : nullptr, console);
}

}  // namespace

int run(const Words& words) {
    const auto arguments = parse(run_usage(), words);
    if (!arguments) {
        return 0;
    }
    const Console console = console_for(*arguments);
    for (const auto& [option, why] : {std::pair{"dry-run", "a dry run takes two batches alone"},
                                      {"json", "the result holds the profile in any case"}}) {
        if (arguments->has("profile") && arguments->has(option)) {
            refuse(run_usage(), fmt::format("--profile cannot go with --{}: {}", option, why));
        }
    }
    if (arguments->has("detach") && arguments->has("dry-run")) {
        refuse(run_usage(), "--detach cannot go with --dry-run: a dry run leaves nothing behind");
    }
    const RunOptions options = {{jobs_at_once(*arguments), devices_of(*arguments)},
                                arguments->has("profile"),
                                time_limit_of(*arguments),
                                slurm_of(*arguments),
                                arguments->has("detach")};
    std::vector<Planned> planned = plan_any(*arguments, console);
    if (is_refused(planned)) {
        return refuse_all(planned, console);
    }
    if (arguments->has("resume")) {
        const int exit_code = run_queue(all_of(planned), options, nullptr, console);
        correct_record(planned[0].job.name);
        return exit_code;
    }
    if (arguments->has("dry-run")) {
        return begin(planned, *arguments, options, "", nullptr, console);
    }
    return begin_recorded(planned, *arguments, options, console);
}

}  // namespace graft::app
