// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs.hpp"

#include <filesystem>
#include <map>
#include <utility>

#include <unistd.h>

#include <fmt/format.h>

#include "core/problem.hpp"
#include "pipeline/pipeline.hpp"
#include "report/output_log.hpp"
#include "report/terminal.hpp"
#include "schedule/worker.hpp"

namespace graft::app {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;

std::map<std::string, std::string> environment() {
    std::map<std::string, std::string> values;
    for (char** entry = ::environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        const std::size_t equals = text.find('=');
        if (equals != std::string::npos) {
            values.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return values;
}

}  // namespace

OptionRow set_option() {
    return {"set", "KEY=VALUE", "replace a value of the pipeline: train.batch=64", true};
}
OptionRow plugin_dir_option() {
    return {"plugin-dir", "DIR", "look for plugins there first", true};
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

pipeline::Node read_pipeline(const std::string& file, const std::vector<std::string>& sets) {
    return pipeline::load_document({file, sets, environment()});
}

schedule::Outcome run_job(const schedule::Job& job, const Console& console, core::EventSink* listener) {
    report::TerminalReport progress(console.err(), report::TerminalReport::steady_seconds, console.verbose());
    report::OutputLog log;
    core::EventFan events;
    events.add(log);
    events.add(progress);
    if (listener != nullptr) {
        events.add(*listener);
    }
    const schedule::Outcome outcome = schedule::Worker(schedule::engine_path()).run(job, events);
    progress.clear();
    if (!progress.old_warnings().empty()) {
        console.err().out << fmt::format("{} came up on the way:\n",
                                         progress.old_warnings().size() == 1 ? "a warning" : "warnings");
        for (const std::string& warning : progress.old_warnings()) {
            console.err().out << "  " << warning << "\n";
        }
        console.err().out << std::flush;
    }
    return outcome;
}

std::string find_run(const std::string& folder) {
    std::error_code error;
    if (fs::exists(fs::path(folder) / "run.json", error)) {
        return folder;
    }
    fs::path newest;
    fs::file_time_type newest_time;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code missing;
        const auto time = fs::last_write_time(entry->path() / "run.json", missing);
        if (!missing && (newest.empty() || time > newest_time)) {
            newest = entry->path();
            newest_time = time;
        }
    }
    if (newest.empty()) {
        throw Failure(
            Category::pipeline,
            fmt::format("'{}' is no run: there is no run.json in it or in a folder below it", folder),
            "name the folder that `graft run` printed");
    }
    return newest.string();
}

}  // namespace graft::app
