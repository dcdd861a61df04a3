// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "run_plan.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/clock.hpp"
#include "core/files.hpp"
#include "core/problem.hpp"
#include "jobs.hpp"
#include "jobs/queue.hpp"
#include "pipeline/expansion.hpp"
#include "run_needs.hpp"
#include "run_placing.hpp"
#include "trust.hpp"

namespace graft::app {
namespace {

namespace fs = std::filesystem;
using core::Failure;
using core::Json;
using jobs::Job;

/// One pipeline that a file stands for. `request`: what all of the command have.
Planned plan_one(const Json& request, const std::string& file, const pipeline::Expansion& pipelines,
                 std::size_t number) {
    Planned next;
    const std::string& label = pipelines.label(number);
    next.job = {label.empty() ? file : file + ": " + label, request};
    next.job.request["pipeline"] = file;
    if (pipelines.has_matrix()) {
        next.job.request["variation"] = number;
        for (const auto& [path, value] : pipelines.values(number)) {
            next.job.request["matrix"][path] = value;
        }
    }
    try {
        core::Problems problems;
        const pipeline::Node document = pipelines.document(number);
        next.name = name_of(document, file);
        next.group = pipelines.name();
        place_by(document, next.job);
        next.needs = pipeline::needs_of(document, problems);
        core::throw_if_any(core::Category::pipeline, problems);
    } catch (const Failure& failure) {
        next.category = static_cast<int>(failure.category());
        next.problem = failure.what();
    }
    return next;
}

/// BASE, or BASE-2, ..: never a folder that is there already. With `make` it is made, so that no other graft
/// takes it.
std::string free_folder(const std::string& base, bool make, std::set<std::string>& taken) {
    std::string free = base;
    std::error_code error;
    const auto is_ours = [&] {
        return !fs::exists(free, error) && taken.insert(free).second &&
               (!make || fs::create_directory(free, error) || error);
    };
    for (int number = 2; !is_ours(); ++number) {
        free = fmt::format("{}-{}", base, number);
    }
    return free;
}

/// The numbers of the jobs, each behind those that it needs.
std::vector<std::size_t> in_order(const std::vector<Planned>& planned) {
    std::vector<std::size_t> order;
    std::vector<bool> is_placed(planned.size());
    while (order.size() < planned.size()) {
        for (std::size_t job = 0; job < planned.size(); ++job) {
            const std::vector<std::size_t>& needs = planned[job].job.needs;
            if (!is_placed[job] && std::all_of(needs.begin(), needs.end(),
                                               [&](std::size_t needed) { return is_placed[needed]; })) {
                order.push_back(job);
                is_placed[job] = true;
            }
        }
    }
    return order;
}

}  // namespace

std::vector<Planned> plan_jobs(const Arguments& arguments) {
    const Json request = {{"command", "run"},
                          {"pipeline", ""},
                          {"sets", arguments.many("set")},
                          {"dry_run", arguments.has("dry-run")},
                          {"resources", to_json(resources_of(arguments))},
                          {"plugin_dirs", plugin_dirs(arguments)},
                          {"out", arguments.one("out")}};
    std::vector<Planned> planned;
    for (const std::string& file : arguments.positional()) {
        try {
            const pipeline::Expansion pipelines(
                {file, arguments.many("set"), pipeline::process_environment()});
            for (std::size_t number = 0; number < pipelines.size(); ++number) {
                planned.push_back(plan_one(request, file, pipelines, number));
                planned.back().job = trusting(std::move(planned.back().job), arguments);
            }
        } catch (const Failure& failure) {
            Planned unreadable;
            unreadable.job.name = file;
            unreadable.category = static_cast<int>(failure.category());
            unreadable.problem = failure.what();
            planned.push_back(std::move(unreadable));
        }
    }
    if (!is_refused(planned)) {
        resolve_needs(planned);
    }
    return planned;
}

void choose_folders(std::vector<Planned>& planned, const std::string& out) {
    const std::string folder = out.empty() ? "runs" : out;
    const std::string behind = out.empty() ? "-" + core::timestamp() : "";
    std::set<std::string> taken;
    if (planned.size() == 1) {
        planned[0].job.request["out"] = out;
        return;
    }
    if (out.empty()) {
        core::make_folder(folder);
    }
    for (Planned& next : planned) {
        next.job.request["out"] =
            free_folder((fs::path(folder) / (next.name + behind)).string(), out.empty(), taken);
    }
    for (Planned& next : planned) {
        if (next.weights_of) {
            next.job.request["weights_of"] = planned[*next.weights_of].job.request["out"];
        }
    }
}

void validate(std::vector<Planned>& planned, bool elsewhere, bool trace_shapes, const Console& console) {
    Json requests = Json::array();
    const std::vector<std::size_t> order = in_order(planned);
    std::vector<std::size_t> places(planned.size());
    for (const std::size_t job : order) {
        places[job] = requests.size();
        requests.push_back(planned[job].job.request);
        if (planned[job].weights_of) {
            requests.back()["weights_of_job"] = places[*planned[job].weights_of];
            requests[places[*planned[job].weights_of]]["trains_for_others"] = true;
        }
    }
    const Json request = {{"command", "validate"},
                          {"pipelines", requests},
                          {"elsewhere", elsewhere},
                          {"trace_shapes", trace_shapes},
                          {"resources", requests[0]["resources"]},
                          {"plugin_dirs", requests[0]["plugin_dirs"]}};
    const Job job = {"validation", jobs::with_trust_of(requests[0], request)};
    const jobs::Outcome outcome = run_job(job, console);
    if (!outcome.error.empty()) {
        throw Failure(static_cast<core::Category>(outcome.exit_code), outcome.error);
    }
    for (const Json& problem : outcome.result.value("problems", Json::array())) {
        Planned& next = planned.at(order.at(problem.value("pipeline", std::size_t{0})));
        next.category = problem.value("category", 1);
        next.problem = problem.value("text", std::string());
    }
}

bool is_refused(const std::vector<Planned>& planned) {
    return std::any_of(planned.begin(), planned.end(),
                       [](const Planned& next) { return !next.problem.empty(); });
}

int refuse_all(const std::vector<Planned>& planned, const Console& console) {
    std::vector<int> codes;
    std::set<std::string> told;
    for (const Planned& next : planned) {
        if (!next.problem.empty() && told.insert(next.problem).second) {
            const std::string file = next.job.name.substr(0, next.job.name.find(": "));
            const bool names_file = next.problem.find(file) != std::string::npos;
            codes.push_back(console.fail(next.category, next.problem, names_file ? "" : next.job.name));
        }
    }
    if (planned.size() > 1) {
        console.err().out << fmt::format("none of the {} pipelines was begun\n", planned.size());
    }
    return jobs::worst_exit_code(codes);
}

std::vector<Job> jobs_of(const std::vector<Planned>& planned) {
    std::vector<Job> queue;
    queue.reserve(planned.size());
    for (const Planned& next : planned) {
        queue.push_back(next.job);
    }
    return queue;
}

}  // namespace graft::app
