// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/placement.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <set>
#include <tuple>

#include "core/problem.hpp"

namespace graft::jobs {

Placement::Placement(std::vector<Demand> jobs, std::vector<Capacity> capacities, std::size_t at_once)
    : capacities_(std::move(capacities)), taken_(capacities_.size()), at_once_(at_once) {
    std::vector<std::size_t> all(capacities_.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    for (Demand& demand : jobs) {
        if (demand.allowed.empty()) {
            demand.allowed = all;
        }
        jobs_.emplace_back();
        JobState& job = jobs_.back();
        std::size_t most_places = 1;
        for (const std::size_t device : demand.allowed) {
            job.largest = std::max(job.largest, capacities_[device].memory);
            most_places = std::max(most_places, capacities_[device].places);
        }
        job.least_share = 1 / static_cast<double>(most_places);
        demand.memory = std::min(demand.memory, job.largest);
        job.demand = std::move(demand);
    }
    compute_chains();
    for (std::size_t job = 0; job < jobs_.size(); ++job) {
        const Demand& demand = jobs_[job].demand;
        if (demand.devices > demand.allowed.size()) {
            left_out_.emplace_back(job, job);
            leave(job, State::failed);
        }
    }
}

/// The jobs in an order in which each comes before those that it needs.
std::vector<std::size_t> Placement::followers_last() const {
    std::vector<std::size_t> needed(jobs_.size());
    for (const JobState& job : jobs_) {
        for (const std::size_t need : job.demand.needs) {
            if (need >= jobs_.size()) {
                throw core::Failure(core::Category::internal,
                                    "a job of the queue needs one that is not in it");
            }
            ++needed[need];
        }
    }
    std::vector<std::size_t> order;
    for (std::size_t job = 0; job < jobs_.size(); ++job) {
        if (needed[job] == 0) {
            order.push_back(job);
        }
    }
    for (std::size_t next = 0; next < order.size(); ++next) {
        for (const std::size_t need : jobs_[order[next]].demand.needs) {
            if (--needed[need] == 0) {
                order.push_back(need);
            }
        }
    }
    if (order.size() < jobs_.size()) {
        throw core::Failure(core::Category::internal, "jobs of the queue need each other in a circle");
    }
    return order;
}

void Placement::expect(std::size_t number, double seconds, std::uint64_t memory) {
    JobState& job = jobs_[number];
    job.demand.seconds = seconds;
    job.demand.memory = memory > 0 ? std::min(memory, job.largest) : job.demand.memory;
    compute_chains();
}

void Placement::compute_chains() {
    for (JobState& job : jobs_) {
        job.chain = 0;
    }
    for (const std::size_t job : followers_last()) {
        const double whole = jobs_[job].chain + jobs_[job].demand.seconds;
        for (const std::size_t need : jobs_[job].demand.needs) {
            jobs_[need].chain = std::max(jobs_[need].chain, whole);
        }
    }
}

void Placement::seen(std::size_t device, std::uint64_t foreign, double busy) {
    capacities_[device].foreign = foreign;
    capacities_[device].busy = busy;
}

bool Placement::is_ready(const JobState& job, double now) const {
    return job.state == State::waiting && job.not_before <= now &&
           std::all_of(job.demand.needs.begin(), job.demand.needs.end(),
                       [&](std::size_t need) { return jobs_[need].state == State::well; });
}

bool Placement::is_being_filled(const JobState& job) const {
    return !job.demand.prefix.empty() && filler_.count(job.demand.prefix) > 0;
}

double Placement::expected_end(const JobState& job, double now) const {
    return std::max(now, job.begun + job.demand.seconds);
}

/// The seconds that all devices together need at least for what is left.
double Placement::horizon(double now) const {
    double work = 0;
    for (const JobState& job : jobs_) {
        const auto devices = static_cast<double>(job.demand.devices);
        work += job.state == State::waiting   ? devices * job.demand.seconds
                : job.state == State::running ? devices * (expected_end(job, now) - now)
                                              : 0;
    }
    std::size_t places = 0;
    for (const Capacity& capacity : capacities_) {
        places += capacity.places;
    }
    return work / static_cast<double>(std::max<std::size_t>(1, std::min(places, at_once_)));
}

/// What a job takes of its devices, of memory or of places, whichever is more.
double Placement::share_of(const JobState& job) {
    const double memory =
        static_cast<double>(job.demand.memory) / static_cast<double>(std::max<std::uint64_t>(1, job.largest));
    return std::max(memory, job.least_share) * static_cast<double>(job.demand.devices);
}

/// The same in whole numbers, so that what is taken and given back comes out even.
std::size_t Placement::thousandths_of(const JobState& job) {
    return static_cast<std::size_t>(std::lround(1000 * share_of(job)));
}

/// What each sweep that still has jobs would have of all devices if all had the same.
double Placement::equal_part() const {
    std::set<std::string> waiting;
    for (const JobState& job : jobs_) {
        if (job.state == State::waiting) {
            waiting.insert(job.demand.sweep);
        }
    }
    return 1000 * static_cast<double>(capacities_.size()) /
           static_cast<double>(std::max<std::size_t>(1, waiting.size()));
}

/// Who goes first. One that the end of the whole queue hangs on waits for no fairness; sweeps that have less
/// than an equal part come before those that have it, and are alike among themselves.
std::vector<std::size_t> Placement::in_order(std::vector<std::size_t> ready, double horizon,
                                             double equal_part) const {
    const auto key = [&](std::size_t number) {
        const JobState& job = jobs_[number];
        const double length = job.demand.seconds + job.chain;
        const double share = share_of(job);
        const auto sweep = part_of_sweep_.find(job.demand.sweep);
        const double has = sweep == part_of_sweep_.end() ? 0 : static_cast<double>(sweep->second);
        return std::tuple(holder_ != number, -job.demand.priority, length < horizon, is_being_filled(job),
                          std::floor(has / equal_part), -length * share * share * share, number);
    };
    std::vector<decltype(key(0))> keys;
    std::transform(ready.begin(), ready.end(), std::back_inserter(keys), key);
    std::sort(keys.begin(), keys.end());
    std::transform(keys.begin(), keys.end(), ready.begin(),
                   [](const auto& sorted) { return std::get<6>(sorted); });
    return ready;
}

std::uint64_t Placement::memory_on(const JobState& job, std::size_t device) const {
    return job.demand.memory > 0 ? job.demand.memory : capacities_[device].unknown;
}

bool Placement::fits(const JobState& job, std::size_t device, const std::vector<Taken>& taken) const {
    const Capacity& there = capacities_[device];
    const Taken& used = taken[device];
    return used.jobs < there.places && used.memory + there.foreign + memory_on(job, device) <= there.memory;
}

/// As many devices as the job asks for; none where there are too few. Those first where least goes on, of
/// equals the fullest, so that another one keeps room for what needs much.
std::vector<std::size_t> Placement::chosen_devices(const JobState& job, const std::vector<Taken>& taken,
                                                   const std::vector<bool>& usable) const {
    std::vector<std::size_t> found;
    for (const std::size_t device : job.demand.allowed) {
        if (usable[device] && fits(job, device, taken)) {
            found.push_back(device);
        }
    }
    if (found.size() < job.demand.devices) {
        return {};
    }
    const auto load = [&](std::size_t device) {
        const Capacity& there = capacities_[device];
        const double jobs = static_cast<double>(taken[device].jobs) / static_cast<double>(there.places);
        return std::tuple(there.is_slow, jobs + there.busy, there.foreign,
                          there.memory - taken[device].memory, device);
    };
    std::sort(found.begin(), found.end(),
              [&](std::size_t one, std::size_t other) { return load(one) < load(other); });
    found.resize(job.demand.devices);
    return found;
}

/// The devices where a job may begin without delaying the one for which some are reserved.
std::vector<bool> Placement::usable_devices(const JobState& job, double now,
                                            const std::optional<Reservation>& reserved) const {
    std::vector<bool> usable(capacities_.size(), true);
    if (!reserved || now + job.demand.seconds <= reserved->from) {
        return usable;
    }
    for (const auto& [device, spare] : reserved->spare) {
        usable[device] = spare.jobs > 0 && memory_on(job, device) <= spare.memory;
    }
    return usable;
}

/// When the running jobs that end first have left enough room; nothing where others hold it.
std::optional<Placement::Reservation> Placement::reserve(std::size_t number, double now) const {
    const JobState& job = jobs_[number];
    std::vector<std::pair<double, std::size_t>> ends;
    for (std::size_t each = 0; each < jobs_.size(); ++each) {
        if (jobs_[each].state == State::running) {
            ends.emplace_back(expected_end(jobs_[each], now), each);
        }
    }
    std::sort(ends.begin(), ends.end());
    std::vector<Taken> taken = taken_;
    const std::vector<bool> all(capacities_.size(), true);
    for (const auto& [end, ending] : ends) {
        for (const std::size_t device : jobs_[ending].devices) {
            taken[device].memory -= memory_on(jobs_[ending], device);
            --taken[device].jobs;
        }
        const std::vector<std::size_t> devices = chosen_devices(job, taken, all);
        if (devices.empty()) {
            continue;
        }
        Reservation reserved{number, end, {}};
        for (const std::size_t device : devices) {
            reserved.spare[device] = {capacities_[device].memory - capacities_[device].foreign -
                                          taken[device].memory - memory_on(job, device),
                                      capacities_[device].places - taken[device].jobs - 1};
        }
        return reserved;
    }
    return std::nullopt;
}

bool Placement::has_free_place() const {
    for (std::size_t device = 0; device < capacities_.size(); ++device) {
        if (taken_[device].jobs < capacities_[device].places) {
            return running_ < at_once_;
        }
    }
    return false;
}

void Placement::start(std::size_t number, const std::vector<std::size_t>& devices, double now) {
    JobState& job = jobs_[number];
    job.state = State::running;
    job.begun = now;
    job.devices = devices;
    for (const std::size_t device : devices) {
        taken_[device].memory += memory_on(job, device);
        ++taken_[device].jobs;
    }
    ++running_;
    part_of_sweep_[job.demand.sweep] += thousandths_of(job);
    if (!job.demand.prefix.empty() && !is_filled_[job.demand.prefix]) {
        filler_.emplace(job.demand.prefix, number);
    }
    if (holder_ == number) {
        holder_.reset();
    }
}

std::vector<Start> Placement::begin(double now) {
    std::vector<std::size_t> ready;
    for (std::size_t job = 0; job < jobs_.size(); ++job) {
        if (is_ready(jobs_[job], now)) {
            ready.push_back(job);
        }
    }
    std::vector<Start> starts;
    std::optional<Reservation> reserved;
    const double end = horizon(now);
    const double part = equal_part();
    ready = in_order(std::move(ready), end, part);
    for (std::size_t next = 0; next < ready.size() && has_free_place(); ++next) {
        const std::size_t number = ready[next];
        const JobState& job = jobs_[number];
        const std::vector<bool> usable = usable_devices(job, now, reserved);
        const std::vector<std::size_t> devices = chosen_devices(job, taken_, usable);
        if (devices.empty()) {
            if (!reserved) {
                reserved = reserve(number, now);
                holder_ = reserved ? std::optional(number) : holder_;
            }
            continue;
        }
        if (reserved && now + job.demand.seconds > reserved->from) {
            for (const std::size_t device : devices) {
                if (const auto spare = reserved->spare.find(device); spare != reserved->spare.end()) {
                    spare->second.memory -= memory_on(job, device);
                    --spare->second.jobs;
                }
            }
        }
        start(number, devices, now);
        starts.push_back({number, devices});
        // Its sweep has more now, and its prefix is being worked out. Those that found no device find none.
        ready = in_order({ready.begin() + static_cast<std::ptrdiff_t>(next) + 1, ready.end()}, end, part);
        next = static_cast<std::size_t>(-1);
    }
    return starts;
}

/// A job is over, or waits again; jobs that need one that failed go with it.
void Placement::leave(std::size_t number, State state) {
    JobState& job = jobs_[number];
    if (job.state == State::running) {
        for (const std::size_t device : job.devices) {
            taken_[device].memory -= memory_on(job, device);
            --taken_[device].jobs;
        }
        --running_;
        part_of_sweep_[job.demand.sweep] -= thousandths_of(job);
        if (const auto filler = filler_.find(job.demand.prefix);
            filler != filler_.end() && filler->second == number) {
            filler_.erase(filler);
            is_filled_[job.demand.prefix] = state == State::well;
        }
    }
    job.state = state;
    if (state != State::failed) {
        return;
    }
    for (std::size_t other = 0; other < jobs_.size(); ++other) {
        const std::vector<std::size_t>& needs = jobs_[other].demand.needs;
        if (jobs_[other].state == State::waiting &&
            std::find(needs.begin(), needs.end(), number) != needs.end()) {
            left_out_.emplace_back(other, number);
            leave(other, State::failed);
        }
    }
}

void Placement::ended(std::size_t job, bool well) {
    leave(job, well ? State::well : State::failed);
}

bool Placement::can_grow(std::size_t number) const {
    const JobState& job = jobs_[number];
    return memory_on(job, job.devices.front()) < job.largest;
}

bool Placement::again(std::size_t number, double not_before) {
    const std::uint64_t had = memory_on(jobs_[number], jobs_[number].devices.front());
    const bool grows = can_grow(number);
    leave(number, grows ? State::waiting : State::failed);
    jobs_[number].demand.memory = std::min(had * 2, jobs_[number].largest);
    jobs_[number].not_before = not_before;
    return grows;
}

void Placement::later(std::size_t number, double not_before) {
    leave(number, State::waiting);
    jobs_[number].not_before = not_before;
}

std::vector<std::pair<std::size_t, std::size_t>> Placement::take_left_out() {
    return std::exchange(left_out_, {});
}

bool Placement::has_waiting() const {
    return std::any_of(jobs_.begin(), jobs_.end(),
                       [](const JobState& job) { return job.state == State::waiting; });
}

std::optional<double> Placement::next_time(double now) const {
    std::optional<double> next;
    for (const JobState& job : jobs_) {
        if (job.state == State::waiting && job.not_before > now) {
            next = std::min(next.value_or(job.not_before), job.not_before);
        }
    }
    return next;
}

}  // namespace graft::jobs
