// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs.hpp"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "core/problem.hpp"
#include "jobs/run_files.hpp"
#include "jobs/workers.hpp"
#include "pipeline/pipeline.hpp"
#include "report/formatting.hpp"
#include "whole_number.hpp"

namespace graft::app {
namespace fs = std::filesystem;
using core::Category;

OptionRow set_option() {
    return {"set", "KEY=VALUE", "replace a value of the pipeline: train.batch=64", true};
}
OptionRow plugin_dir_option() {
    return {"plugin-dir", "DIR", "look for plugins there first", true};
}
OptionRow device_option() {
    return {"device", "NAME", "auto, cpu, cuda or cuda:N, whatever the pipeline says", false};
}
OptionRow threads_option() {
    return {"threads", "N", "threads of the CPU, for all that the job does; default one a core", false};
}
OptionRow verbose_option() {
    return {"verbose", "", "show what plugins and libraries print, too", false};
}
OptionRow json_option() {
    return {"json", "", "print results as JSON, for programs", false};
}

Console console_for(const Arguments& arguments) {
    return Console(arguments.has("json"), arguments.has("verbose"));
}

std::vector<std::string> plugin_dirs(const Arguments& arguments) {
    core::Problems problems;
    for (const std::string& folder : arguments.many("plugin-dir")) {
        std::error_code error;
        if (!fs::is_directory(folder, error)) {
            core::Problem problem;
            problem.message = fmt::format("--plugin-dir {}: there is no such folder", folder);
            problems.push_back(std::move(problem));
        }
    }
    core::throw_if_any(Category::pipeline, problems);
    return arguments.many("plugin-dir");
}

jobs::Resources resources_of(const Arguments& arguments) {
    constexpr std::int64_t most = 1024;
    jobs::Resources resources;
    core::Problems problems;
    const auto refuse = [&](const std::string& option, const char* expected) {
        core::Problem problem;
        problem.message = fmt::format("--{} is '{}'; must be {}", option, arguments.one(option), expected);
        problems.push_back(std::move(problem));
    };
    resources.device = arguments.one("device");
    if (arguments.has("device") && !pipeline::is_device(resources.device)) {
        refuse("device", "auto, cpu, cuda, or cuda: with a number");
    }
    for (const auto& [option, number] :
         {std::pair{"threads", &resources.threads}, std::pair{"tasks", &resources.ranks}}) {
        if (const auto given = whole_number(arguments.one(option), 1, most)) {
            *number = *given;
        } else if (arguments.has(option)) {
            refuse(option, "a whole number from 1 to 1024");
        }
    }
    core::throw_if_any(Category::pipeline, problems);
    return resources;
}

namespace {

std::string named(const std::string& run, const std::string& folder, const Console& console) {
    if (run != folder) {
        console.err().out << "run: " << report::printable(run) << "\n" << std::flush;
    }
    return run;
}

}  // namespace

std::string find_run(const std::string& folder, const Console& console) {
    return named(jobs::find_run(folder), folder, console);
}

std::string find_run_to_resume(const std::string& folder, const Console& console) {
    return named(jobs::find_run_to_resume(folder), folder, console);
}

std::vector<insight::RunLeft> runs_left(const Arguments& arguments, const Console& console) {
    std::vector<insight::RunLeft> runs;
    for (const std::string& folder : arguments.positional()) {
        runs.push_back(insight::read_run_left(find_run(folder, console)));
    }
    insight::name_apart(runs);
    return runs;
}

pipeline::Node read_pipeline(const std::string& file, const std::vector<std::string>& sets) {
    return pipeline::load_document({file, sets, pipeline::process_environment()});
}

void JobOnScreen::conclude() {
    progress_.clear();
    if (progress_.old_warnings().empty()) {
        return;
    }
    console_.err().out << fmt::format("{} came up on the way:\n",
                                      progress_.old_warnings().size() == 1 ? "a warning" : "warnings");
    for (const std::string& warning : progress_.old_warnings()) {
        console_.err().out << "  " << warning << "\n";
    }
    console_.err().out << std::flush;
}

jobs::Outcome run_job(const jobs::Job& job, const Console& console, core::EventSink* listener) {
    JobOnScreen screen(console);
    core::EventFan events;
    events.add(screen);
    if (listener != nullptr) {
        events.add(*listener);
    }
    jobs::Outcome outcome = jobs::Workers(jobs::engine_path()).run(job, events);
    screen.conclude();
    return outcome;
}

int answer(const jobs::Job& job, const Console& console,
           std::string (*text)(const core::Json& result, const report::Screen& screen)) {
    const jobs::Outcome outcome = run_job(job, console);
    if (!outcome.error.empty()) {
        return console.fail(outcome.exit_code, outcome.error);
    }
    if (console.json()) {
        console.print(outcome.result);
    } else {
        console.print(text(outcome.result, console.out()));
    }
    return outcome.exit_code;
}

}  // namespace graft::app
