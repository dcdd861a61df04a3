// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "core/problem.hpp"
#include "jobs.hpp"
#include "jobs/queue.hpp"
#include "jobs/run_files.hpp"
#include "report/results.hpp"

namespace graft::app {
namespace {

namespace fs = std::filesystem;
using core::Failure;
using core::Json;
using jobs::Job;
using jobs::Outcome;

const Usage& usage() {
    static const Usage usage = {
        "run",
        "PIPELINE...",
        static_cast<std::size_t>(-1),
        "Trains what a pipeline file describes and leaves a run folder. Several pipelines are trained one "
        "after\n"
        "the other; one that fails stops none of the rest.",
        {set_option(),
         {"out", "DIR",
          "the run's folder, new or empty (several pipelines: the folder above the runs); default "
          "runs/NAME-TIME",
          false},
         {"dry-run", "", "take two batches through everything and leave nothing behind", false},
         {"resume", "RUN",
          "go on with a run that ended or was broken off, instead of a pipeline; --set may change its "
          "epochs, "
          "phases that have not begun, early_stop, device and threads",
          false},
         device_option(),
         threads_option(),
         plugin_dir_option(),
         verbose_option(),
         json_option()},
        "graft run configs/synthetic.yaml --set train.epochs=2 --out runs/first\n"
        "graft run --resume runs/first --set train.epochs=4"};
    return usage;
}

/// A job, or why there is none.
struct Planned {
    Job job;
    int category = 0;
    std::string problem;
};

/// DIR/NAME for each of several pipelines; never a folder that holds a run already.
std::string folder_below(const std::string& folder, const std::string& name, std::set<std::string>& taken) {
    const std::string base = (fs::path(folder) / name).string();
    std::string free = base;
    std::error_code error;
    for (int number = 2; fs::exists(free, error) || !taken.insert(free).second; ++number) {
        free = fmt::format("{}-{}", base, number);
    }
    return free;
}

std::string name_of(const pipeline::Node& document, const std::string& file) {
    const pipeline::Node* name = document.find("name");
    const bool usable = name != nullptr && name->is_scalar() && !name->scalar.empty() &&
                        name->scalar.find('/') == std::string::npos;
    return usable ? name->scalar : fs::path(file).stem().string();
}

std::vector<Planned> plan(const Arguments& arguments) {
    const std::vector<std::string> sets = arguments.many("set");
    const std::vector<std::string>& files = arguments.positional();
    std::vector<Planned> planned;
    std::set<std::string> taken;
    for (const std::string& file : files) {
        Planned next;
        next.job = {file,
                    {{"command", "run"},
                     {"pipeline", file},
                     {"sets", sets},
                     {"dry_run", arguments.has("dry-run")},
                     {"resources", to_json(resources_of(arguments))},
                     {"plugin_dirs", plugin_dirs(arguments)}}};
        std::string out = arguments.one("out");
        try {
            const std::string name = name_of(read_pipeline(file, sets), file);
            out = out.empty() || files.size() == 1 ? out : folder_below(out, name, taken);
        } catch (const Failure& failure) {
            next.category = static_cast<int>(failure.category());
            next.problem = failure.what();
        }
        next.job.request["out"] = out;
        planned.push_back(std::move(next));
    }
    return planned;
}

std::vector<Planned> plan_resumed(const Arguments& arguments, const Console& console) {
    for (const char* option : {"out", "dry-run"}) {
        if (arguments.has(option)) {
            refuse(usage(),
                   fmt::format("--{} cannot go with --resume: a run goes on as it was begun", option));
        }
    }
    const std::string run = find_run_to_resume(arguments.one("resume"), console);
    return {{{run,
              {{"command", "run"},
               {"resume", run},
               {"sets", arguments.many("set")},
               {"resources", to_json(resources_of(arguments))},
               {"plugin_dirs", plugin_dirs(arguments)}}},
             0,
             ""}};
}

std::vector<Planned> plan_any(const Arguments& arguments, const Console& console) {
    if (arguments.has("resume") == !arguments.positional().empty()) {
        refuse(usage(), arguments.has("resume") ? "--resume takes no pipeline: the run has its own"
                                                : "which pipeline?");
    }
    return arguments.has("resume") ? plan_resumed(arguments, console) : plan(arguments);
}

/// Keeps where the run lies.
class FolderOfRun : public core::EventSink {
public:
    void emit(const core::Event& event) override {
        if (event.name == "folder") {
            folder = event.fields.value("folder", std::string());
        }
    }

    std::string folder;
};

/// Runs a job; the record of a run whose engine died does not stay at "running".
Outcome run_recorded(const Job& job, const Console& console) {
    FolderOfRun run;
    Outcome outcome = run_job(job, console, &run);
    if (outcome.exit_code != 0 && !run.folder.empty()) {
        jobs::record_death(run.folder, outcome.error.empty() ? "killed before it could save" : outcome.error);
    }
    return outcome;
}

/// Prints how a job ended; its exit code.
int conclude(const Job& job, const Outcome& outcome, const Console& console, bool alone) {
    if (!outcome.error.empty()) {
        return console.fail(outcome.exit_code, outcome.error, alone ? "" : job.name);
    }
    if (console.json()) {
        console.print(outcome.result);
    } else {
        const auto folders = job.request.value("plugin_dirs", std::vector<std::string>());
        console.print(report::run_text(outcome.result, folders, console.out()));
    }
    return outcome.exit_code;
}

}  // namespace

int run(const Words& words) {
    const auto arguments = parse(usage(), words);
    if (!arguments) {
        return 0;
    }
    const Console console = console_for(*arguments);
    std::vector<Job> queue;
    std::vector<int> codes;
    const std::vector<Planned> planned = plan_any(*arguments, console);
    const bool alone = planned.size() == 1;
    for (const Planned& next : planned) {
        if (next.problem.empty()) {
            queue.push_back(next.job);
        } else {
            codes.push_back(console.fail(next.category, next.problem));  // the text names the file
        }
    }
    std::size_t begun = 0;
    jobs::run_all(queue, jobs::devices(), [&](const Job& job) {
        ++begun;
        if (queue.size() > 1) {
            console.err().out << paint(console.err(), report::Paint::bold,
                                       fmt::format("[{}/{}] {}", begun, queue.size(), job.name))
                              << "\n";
        }
        const Outcome outcome = run_recorded(job, console);
        codes.push_back(conclude(job, outcome, console, alone));
        return outcome;
    });
    for (std::size_t left = begun; left < queue.size(); ++left) {
        console.err().out << queue[left].name << ": not begun\n";
    }
    return jobs::worst_exit_code(codes);
}

}  // namespace graft::app
