// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/tasks.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/problem.hpp"

namespace graft::jobs {

std::size_t tasks_of(const Job& job) {
    const auto resources = job.request.find("resources");
    const bool has_some = resources != job.request.end() && resources->is_object();
    return has_some && job.request.value("command", std::string()) == "run"
               ? resources->value("ranks", std::size_t{1})
               : 1;
}

bool is_task(const Job& job) {
    return std::any_of(job.environment.begin(), job.environment.end(),
                       [](const std::string& variable) { return variable.starts_with("RANK="); });
}

Job as_task(Job job, const Task& task) {
    job.request["resources"]["rank"] = task.rank;
    job.request["resources"]["ranks"] = task.count;
    for (const auto& [name, value] : {std::pair<const char*, std::string>{"RANK", std::to_string(task.rank)},
                                      {"LOCAL_RANK", std::to_string(task.local_rank)},
                                      {"WORLD_SIZE", std::to_string(task.count)},
                                      {"MASTER_ADDR", task.first_host},
                                      {"MASTER_PORT", std::to_string(task.port)}}) {
        job.environment.push_back(fmt::format("{}={}", name, value));
    }
    return job;
}

int port_for(std::int64_t number) {
    constexpr int first = 20'000;
    constexpr int count = 10'000;
    return first + static_cast<int>(number % count);
}

Outcome joined(const std::vector<std::optional<Outcome>>& tasks) {
    // What a task tells of itself explains more than that it was killed, and that more than that it was told
    // to save.
    const auto weight = [](const std::optional<Outcome>& outcome) {
        return !outcome                                          ? 2
               : outcome->exit_code == 0                         ? 0
               : outcome->exit_code == core::exit_interrupted    ? 1
               : outcome->exit_code > 128 || outcome->signal > 0 ? 2
                                                                 : 3;
    };
    std::size_t worst = 0;
    for (std::size_t task = 0; task < tasks.size(); ++task) {
        worst = weight(tasks[task]) > weight(tasks[worst]) ? task : worst;
    }
    Outcome outcome;
    if (tasks[worst]) {
        outcome = *tasks[worst];
    } else {
        outcome.died = true;
        outcome.exit_code = static_cast<int>(core::Category::system);
        outcome.error = "it was killed before it could tell why";
    }
    if (outcome.result.is_null() && outcome.exit_code == core::exit_interrupted && tasks[0]) {
        outcome.result = tasks[0]->result;
    }
    if (!outcome.error.empty() && tasks.size() > 1) {
        outcome.error = fmt::format("task {} of {}: {}", worst, tasks.size(), outcome.error);
    }
    return outcome;
}

}  // namespace graft::jobs
