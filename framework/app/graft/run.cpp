// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "core/problem.hpp"
#include "jobs.hpp"
#include "jobs/queue.hpp"
#include "jobs/run_files.hpp"
#include "pipeline/pipeline.hpp"
#include "run_placing.hpp"
#include "run_queue.hpp"

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
        "Trains what a pipeline file describes and leaves a run folder. Several pipelines, and all that a "
        "file "
        "with `matrix`\n"
        "stands for, are validated before the first begins and trained side by side where only the CPU is "
        "used; one "
        "that\n"
        "fails stops none of the rest.",
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
         {"dry-run", "", "take two batches through everything and leave nothing behind", false},
         {"resume", "RUN",
          "go on with a run that ended or was broken off, instead of a pipeline; --set may change its "
          "epochs, "
          "phases that have not begun, early_stop, device and threads",
          false},
         {"profile", "", "tell at the end where the time went; run.json has it always", false},
         device_option(),
         threads_option(),
         plugin_dir_option(),
         verbose_option(),
         json_option()},
        "graft run configs/synthetic.yaml --set train.epochs=2 --out runs/first\n"
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
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > 1024) {
        refuse(usage(), fmt::format("--jobs is '{}'; must be a whole number from 1 to 1024", text));
    }
    return number;
}

/// The names that --devices has, commas between them.
std::vector<std::string> devices_of(const Arguments& arguments) {
    std::vector<std::string> names;
    std::istringstream list(arguments.one("devices"));
    for (std::string name; std::getline(list, name, ',');) {
        if (name == "auto" || !pipeline::is_device(name)) {
            refuse(usage(),
                   fmt::format("--devices names '{}'; must be cpu, cuda, or cuda: with a number", name),
                   "commas between several: cuda:0,cpu");
        }
        names.push_back(name);
    }
    if (arguments.has("devices") && names.empty()) {
        refuse(usage(), "--devices names none", "allowed: cpu, cuda, cuda:N, commas between them");
    }
    return names;
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

/// One pipeline that a file stands for.
Planned plan_one(const Arguments& arguments, const std::string& file, const std::string& label,
                 std::size_t variation, const std::function<std::string(const std::string& name)>& folder) {
    const std::vector<std::string> sets = arguments.many("set");
    Planned next;
    next.job = {label.empty() ? file : file + ": " + label,
                {{"command", "run"},
                 {"pipeline", file},
                 {"sets", sets},
                 {"dry_run", arguments.has("dry-run")},
                 {"resources", to_json(resources_of(arguments))},
                 {"plugin_dirs", plugin_dirs(arguments)},
                 {"out", arguments.one("out")}}};
    if (!label.empty()) {
        next.job.request["variation"] = variation;
    }
    try {
        const pipeline::Node document =
            read_pipeline(file, sets, label.empty() ? std::nullopt : std::optional(variation));
        next.job.request["out"] = folder(name_of(document, file));
        place_by(document, next.job);
    } catch (const Failure& failure) {
        next.category = static_cast<int>(failure.category());
        next.problem = failure.what();
    }
    return next;
}

std::vector<Planned> plan(const Arguments& arguments) {
    std::vector<std::pair<std::string, std::vector<std::string>>> files;
    std::vector<Planned> planned;
    std::size_t count = 0;
    for (const std::string& file : arguments.positional()) {
        try {
            files.emplace_back(file, pipeline::load_variations(
                                         {file, arguments.many("set"), pipeline::process_environment()}));
            count += files.back().second.size();
        } catch (const Failure& failure) {
            planned.push_back(
                {{file, {{"pipeline", file}}}, static_cast<int>(failure.category()), failure.what()});
        }
    }
    const std::string out = arguments.one("out");
    const bool is_alone = count == 1 && planned.empty();
    std::set<std::string> taken;
    const auto folder = [&](const std::string& name) {
        return out.empty() || is_alone ? out : folder_below(out, name, taken);
    };
    for (const auto& [file, labels] : files) {
        for (std::size_t variation = 0; variation < labels.size(); ++variation) {
            planned.push_back(plan_one(arguments, file, labels[variation], variation, folder));
        }
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
    Planned next;
    next.job = {run,
                {{"command", "run"},
                 {"resume", run},
                 {"sets", arguments.many("set")},
                 {"resources", to_json(resources_of(arguments))},
                 {"plugin_dirs", plugin_dirs(arguments)}}};
    try {
        place_by(read_pipeline(jobs::run_file(run, jobs::run_files::pipeline), arguments.many("set")),
                 next.job);
    } catch (const Failure&) {
        // The engine tells what is wrong with it, and that the run cannot go on.
    }
    return {next};
}

std::vector<Planned> plan_any(const Arguments& arguments, const Console& console) {
    if (arguments.has("resume") == !arguments.positional().empty()) {
        refuse(usage(), arguments.has("resume") ? "--resume takes no pipeline: the run has its own"
                                                : "which pipeline?");
    }
    return arguments.has("resume") ? plan_resumed(arguments, console) : plan(arguments);
}

/// Tells each problem once, however many variations of a file have it; the exit code.
int refuse_all(const std::vector<Planned>& planned, const Console& console) {
    std::vector<int> codes;
    std::set<std::string> told;
    for (const Planned& next : planned) {
        if (!next.problem.empty() && told.insert(next.problem).second) {
            const auto file = next.job.request.at("pipeline").get<std::string>();
            const bool names_file = next.problem.find(file) != std::string::npos;
            codes.push_back(console.fail(next.category, next.problem, names_file ? "" : next.job.name));
        }
    }
    if (planned.size() > 1) {
        console.err().out << fmt::format("none of the {} pipelines was begun\n", planned.size());
    }
    return jobs::worst_exit_code(codes);
}

bool is_refused(const std::vector<Planned>& planned) {
    return std::any_of(planned.begin(), planned.end(),
                       [](const Planned& next) { return !next.problem.empty(); });
}

/// Has the engine look at all pipelines before the first one begins, as far as a run goes before it makes its
/// folder. A lone pipeline is looked at by its own run.
void validate(std::vector<Planned>& planned, const Console& console) {
    Json requests = Json::array();
    for (const Planned& next : planned) {
        requests.push_back(next.job.request);
    }
    const Job job = {"validation",
                     {{"command", "validate"},
                      {"pipelines", requests},
                      {"resources", requests[0]["resources"]},
                      {"plugin_dirs", requests[0]["plugin_dirs"]}}};
    const Outcome outcome = run_job(job, console);
    if (!outcome.error.empty()) {
        throw Failure(static_cast<core::Category>(outcome.exit_code), outcome.error);
    }
    for (const Json& problem : outcome.result.value("problems", Json::array())) {
        Planned& next = planned.at(problem.value("pipeline", std::size_t{0}));
        next.category = problem.value("category", 1);
        next.problem = problem.value("text", std::string());
    }
}

}  // namespace

int run(const Words& words) {
    const auto arguments = parse(usage(), words);
    if (!arguments) {
        return 0;
    }
    const Console console = console_for(*arguments);
    for (const auto& [option, why] : {std::pair{"dry-run", "a dry run takes two batches alone"},
                                      {"json", "the result holds the profile in any case"}}) {
        if (arguments->has("profile") && arguments->has(option)) {
            refuse(usage(), fmt::format("--profile cannot go with --{}: {}", option, why));
        }
    }
    const jobs::QueueOptions options{jobs_at_once(*arguments), devices_of(*arguments)};
    std::vector<Planned> planned = plan_any(*arguments, console);
    if (planned.size() > 1 && !is_refused(planned)) {
        validate(planned, console);
    }
    if (is_refused(planned)) {
        return refuse_all(planned, console);
    }
    std::vector<Job> queue;
    for (const Planned& next : planned) {
        queue.push_back(next.job);
    }
    return run_queue(queue, options, arguments->has("profile"), console);
}

}  // namespace graft::app
