// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "run_queue.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <unistd.h>

#include <fmt/format.h>

#include "core/problem.hpp"
#include "jobs/queue.hpp"
#include "jobs/recorder.hpp"
#include "report/formatting.hpp"
#include "report/screen.hpp"
#include "run_on.hpp"
#include "run_screen.hpp"

namespace graft::app {
namespace {

using core::Json;
using jobs::Job;

/// Where a signal left something to do.
void tell_how_to_go_on(HeldQueue& held, const Console& console) {
    const auto queue = held.record.find(held.number);
    const auto is_open = [](const jobs::RecordedJob& job) { return jobs::is_open(job.state); };
    if (queue && std::any_of(queue->jobs.begin(), queue->jobs.end(), is_open)) {
        console.err().out << fmt::format("to go on with all of them: graft jobs resume {}\n", held.number)
                          << std::flush;
    }
}

/// Of jobs that do not need this process.
void tell_what_goes_on(const HeldQueue& held, const Console& console) {
    if (console.json()) {
        console.print(Json{{"queue", held.number}});
    }
    console.err().out
        << fmt::format(
               "queue {0} is left to Slurm: `graft jobs show {0}` tells how far it is, `graft jobs "
               "resume {0}` follows it, `graft jobs cancel {0}` ends it\n",
               held.number)
        << std::flush;
}

/// Takes folders away in which no run began: they are empty.
void remove_unused(const std::vector<Job>& queue) {
    for (const Job& job : queue) {
        const std::string folder = job.request.value("out", std::string());
        if (!folder.empty()) {
            ::rmdir(folder.c_str());
        }
    }
}

}  // namespace

Json RunOptions::to_json() const {
    Json json = {{"profile", profile}, {"devices", placing.devices}};
    if (placing.at_once) {
        json["jobs"] = *placing.at_once;
    }
    if (time_limit) {
        json["time_limit"] = *time_limit;
    }
    if (slurm) {
        json["slurm"] = jobs::slurm::to_json(*slurm);
    }
    return json;
}

RunOptions RunOptions::from_json(const Json& json) {
    RunOptions options;
    options.profile = json.value("profile", false);
    if (json.contains("jobs")) {
        options.placing.at_once = json["jobs"].get<std::size_t>();
    }
    if (json.contains("time_limit")) {
        options.time_limit = json["time_limit"].get<double>();
    }
    options.placing.devices = json.value("devices", std::vector<std::string>());
    if (json.contains("slurm")) {
        options.slurm = jobs::slurm::options_from_json(json["slurm"]);
    }
    return options;
}

void warn_of_record(const Console& console, const std::string& problem) {
    console.err().out << report::paint(console.err(), report::Paint::yellow, "warning:")
                      << " this run is not kept for `graft jobs`: " << report::printable(problem) << "\n"
                      << std::flush;
}

int run_queue(RestOfQueue rest, const RunOptions& options, HeldQueue* held, const Console& console) {
    for (Job& job : rest.jobs) {
        job.time_limit = options.time_limit.value_or(job.time_limit);
    }
    const std::unique_ptr<RunScreen> screen =
        rest.size > 1 ? queue_screen(rest.jobs, console) : lone_screen(rest.jobs, console);
    for (const jobs::RecordedJob& job : rest.finished) {
        screen->ended_before(job.job.name, job.result);
    }
    std::unique_ptr<jobs::Recorder> recorder;
    if (held != nullptr) {
        recorder = std::make_unique<jobs::Recorder>(
            held->record, held->number, rest.jobs, rest.numbers, *screen,
            [&console](const std::string& problem) { warn_of_record(console, problem); });
    }
    jobs::QueueListener& listener = recorder ? static_cast<jobs::QueueListener&>(*recorder) : *screen;
    const std::unique_ptr<jobs::Backend> backend =
        backend_for(options, held != nullptr ? held->record.folder_of(held->number) : "");
    backend->submit(rest.jobs, rest.numbers, listener);
    if (options.detached) {
        tell_what_goes_on(*held, console);
        return 0;
    }
    while (backend->poll()) {
    }
    recorder.reset();
    if (backend->has_left_jobs()) {
        const int so_far = screen->conclude(options.profile);
        tell_what_goes_on(*held, console);
        return jobs::worst_exit_code({so_far, core::exit_interrupted});
    }
    if (rest.made_folders) {
        remove_unused(rest.jobs);
    }
    const int exit_code = screen->conclude(options.profile);
    if (held != nullptr && rest.size > 1) {
        tell_how_to_go_on(*held, console);
    }
    return exit_code;
}

}  // namespace graft::app
