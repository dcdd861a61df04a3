// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "run_needs.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/names.hpp"
#include "core/problem.hpp"

namespace graft::app {
namespace {

using core::Problem;
using core::Problems;
using pipeline::JobName;

void refuse(Planned& job, const Problems& problems) {
    if (!problems.empty()) {
        const core::Failure failure(core::Category::pipeline, problems);
        job.category = static_cast<int>(failure.category());
        job.problem = failure.what();
    }
}

/// The jobs by what others may call them: a run's name, or that without a variation's label.
class Names {
public:
    explicit Names(const std::vector<Planned>& planned) : planned_(planned) {
        for (std::size_t job = 0; job < planned.size(); ++job) {
            jobs_[planned[job].name].insert(job);
            jobs_[planned[job].group].insert(job);
        }
    }

    /// Those of that name; a problem where there are none.
    std::set<std::size_t> find(const JobName& wanted, Problems& problems) const {
        const auto found = jobs_.find(wanted.name);
        if (found != jobs_.end()) {
            return found->second;
        }
        if (planned_.size() == 1) {
            problems.push_back({wanted.place,
                                fmt::format("there is no job '{}': this pipeline runs alone", wanted.name),
                                "give graft run that job's file, too, or take this out"});
        } else {
            problems.push_back({wanted.place,
                                fmt::format("no pipeline of this command is called '{}'", wanted.name),
                                core::suggest(wanted.name, all())});
        }
        return {};
    }

    /// The only one of that name.
    std::optional<std::size_t> find_one(const JobName& wanted, Problems& problems) const {
        const std::set<std::size_t> found = find(wanted, problems);
        if (found.size() > 1) {
            constexpr std::size_t most = 5;
            std::vector<std::string> names;
            names.reserve(found.size());
            for (const std::size_t job : found) {
                names.push_back(planned_[job].name);
            }
            const bool is_group = std::set<std::string>(names.begin(), names.end()).size() == names.size();
            const std::string more = names.size() > most ? ", ..." : "";
            names.resize(std::min(names.size(), most));
            problems.push_back(
                {wanted.place,
                 fmt::format("job:{} means {} jobs; weights come from one", wanted.name, found.size()),
                 is_group ? "name one of them: " + core::listed(names) + more
                          : "give their pipelines different names"});
        }
        return found.size() == 1 ? std::optional(*found.begin()) : std::nullopt;
    }

private:
    std::vector<std::string> all() const {
        std::vector<std::string> names;
        for (const auto& [name, jobs] : jobs_) {
            names.push_back(name);
        }
        return names;
    }

    const std::vector<Planned>& planned_;
    std::map<std::string, std::set<std::size_t>> jobs_;
};

/// A circle of jobs that wait for one another, through a job; empty: there is none. `visited`: jobs from
/// which none can be reached, to which it adds.
std::vector<std::size_t> circle_from(const std::vector<Planned>& planned, std::size_t job,
                                     std::vector<std::size_t>& way, std::set<std::size_t>& visited) {
    const auto before = std::find(way.begin(), way.end(), job);
    if (before != way.end()) {
        return {before, way.end()};
    }
    if (visited.contains(job)) {
        return {};
    }
    way.push_back(job);
    for (const std::size_t needed : planned[job].job.needs) {
        std::vector<std::size_t> circle = circle_from(planned, needed, way, visited);
        if (!circle.empty()) {
            return circle;
        }
    }
    way.pop_back();
    visited.insert(job);
    return {};
}

void refuse_circles(std::vector<Planned>& planned) {
    std::set<std::size_t> visited;
    for (std::size_t job = 0; job < planned.size(); ++job) {
        std::vector<std::size_t> way;
        const std::vector<std::size_t> circle = circle_from(planned, job, way, visited);
        if (circle.empty()) {
            continue;
        }
        std::string shown;
        for (const std::size_t member : circle) {
            shown += planned[member].name + " -> ";
        }
        Planned& first = planned[circle.front()];
        refuse(first,
               {{first.needs.jobs.empty() ? first.needs.weights->place : first.needs.jobs.front().place,
                 circle.size() == 1 ? fmt::format("the job '{}' needs itself", first.name)
                                    : fmt::format("these jobs wait for one another: {}{}", shown, first.name),
                 "one of them must need none of the others"}});
        return;
    }
}

}  // namespace

void resolve_needs(std::vector<Planned>& planned) {
    const Names names(planned);
    for (Planned& job : planned) {
        Problems problems;
        std::set<std::size_t> needs;
        for (const JobName& wanted : job.needs.jobs) {
            needs.merge(names.find(wanted, problems));
        }
        if (job.needs.weights) {
            job.weights_of = names.find_one(*job.needs.weights, problems);
        }
        if (job.weights_of) {
            needs.insert(*job.weights_of);
        }
        job.job.needs.assign(needs.begin(), needs.end());
        refuse(job, problems);
    }
    const bool is_whole =
        std::all_of(planned.begin(), planned.end(), [](const Planned& job) { return job.problem.empty(); });
    if (is_whole) {
        refuse_circles(planned);
    }
}

}  // namespace graft::app
