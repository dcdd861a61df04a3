// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/slurm_batches.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "jobs/tasks.hpp"

namespace graft::jobs::slurm {
namespace {

constexpr std::size_t longest_array = 1000;  // what Slurm takes as it is delivered (MaxArraySize)

using Key = std::tuple<std::string, std::vector<std::size_t>, bool, std::size_t, std::int64_t, double>;

Key key_of(const Job& job) {
    const core::Json resources = job.request.value("resources", core::Json::object());
    return {
        job.sweep,     job.needs, wants_gpu(job), tasks_of(job), resources.value("threads", std::int64_t{0}),
        job.time_limit};
}

}  // namespace

bool wants_gpu(const Job& job) {
    return job.device.starts_with("cuda");
}

std::vector<std::vector<std::size_t>> divided(const std::vector<Job>& queue,
                                              const std::vector<bool>& is_wanted) {
    std::map<Key, std::vector<std::size_t>> open;
    std::vector<bool> is_placed(queue.size());
    for (std::size_t job = 0; job < queue.size(); ++job) {
        is_placed[job] = !is_wanted[job];
        if (is_wanted[job]) {
            open[key_of(queue[job])].push_back(job);
        }
    }
    std::vector<std::vector<std::size_t>> parts;
    while (!open.empty()) {
        // Of those that nothing holds back, the one whose first job stands first.
        auto next = open.end();
        for (auto part = open.begin(); part != open.end(); ++part) {
            const std::vector<std::size_t>& needs = std::get<1>(part->first);
            const bool is_free = std::all_of(needs.begin(), needs.end(),
                                             [&](std::size_t needed) { return is_placed[needed]; });
            if (is_free && (next == open.end() || part->second.front() < next->second.front())) {
                next = part;
            }
        }
        const std::vector<std::size_t> jobs = std::move(next->second);
        open.erase(next);
        for (std::size_t begin = 0; begin < jobs.size(); begin += longest_array) {
            const std::size_t end = std::min(begin + longest_array, jobs.size());
            parts.emplace_back(jobs.begin() + static_cast<std::ptrdiff_t>(begin),
                               jobs.begin() + static_cast<std::ptrdiff_t>(end));
        }
        for (const std::size_t job : jobs) {
            is_placed[job] = true;
        }
    }
    return parts;
}

}  // namespace graft::jobs::slurm
