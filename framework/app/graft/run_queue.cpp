// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "run_queue.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <unistd.h>

#include <fmt/format.h>

#include "jobs/queue.hpp"
#include "jobs/recorder.hpp"
#include "report/formatting.hpp"
#include "report/screen.hpp"
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
    jobs::Workers workers(jobs::engine_path());
    jobs::QueueListener& listener = recorder ? static_cast<jobs::QueueListener&>(*recorder) : *screen;
    jobs::run_all(rest.jobs, options.placing, workers, listener);
    recorder.reset();
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
