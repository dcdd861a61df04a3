// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A machine that is only described: devices of a file, jobs with the length that they will have.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/json_text.hpp"
#include "jobs/machine.hpp"
#include "jobs/placement.hpp"

namespace graft::tests {

/// From now on others have this of a device.
struct Foreign {
    double time = 0;
    std::size_t device = 0;
    std::uint64_t memory = 0;  ///< bytes, where so much is free
    double busy = 0;
};

struct Ran {
    std::size_t job;
    double begun;
    double ended;
    std::vector<std::size_t> devices;
};

struct Simulated {
    std::vector<jobs::Demand> demands;
    std::vector<jobs::Capacity> capacities;
    std::size_t at_once = 1000;
    std::vector<double> real = {};      ///< seconds; empty: as expected
    std::vector<Foreign> foreign = {};  ///< in the order of time

    /// In the order of their beginning. Checks at every moment that no device has more jobs or gives more
    /// memory than it has, and that all jobs end.
    std::vector<Ran> run() {
        jobs::Placement placement(demands, capacities, at_once);
        std::vector<Ran> all;
        std::multimap<double, std::size_t> ends;
        std::size_t next_foreign = 0;
        double now = 0;
        while (true) {
            for (; next_foreign < foreign.size() && foreign[next_foreign].time <= now; ++next_foreign) {
                const Foreign& other = foreign[next_foreign];
                const std::uint64_t given = given_of(placement, all, other.device, now).memory;
                capacities[other.device].foreign =
                    std::min(other.memory, capacities[other.device].memory - given);
                placement.seen(other.device, capacities[other.device].foreign, other.busy);
            }
            for (const jobs::Start& start : placement.begin(now)) {
                const double seconds = real.empty() ? demands[start.job].seconds : real[start.job];
                ends.emplace(now + seconds, all.size());
                all.push_back({start.job, now, now + seconds, start.devices});
                for (const std::size_t device : start.devices) {
                    check_device(placement, all, device, now);
                }
            }
            const bool others_come = next_foreign < foreign.size();
            if (ends.empty() && !others_come) {
                break;
            }
            now = ends.empty() || (others_come && foreign[next_foreign].time < ends.begin()->first)
                      ? foreign[next_foreign].time
                      : ends.begin()->first;
            for (; !ends.empty() && ends.begin()->first <= now; ends.erase(ends.begin())) {
                placement.ended(all[ends.begin()->second].job, true);
            }
        }
        CHECK(all.size() == demands.size());
        return all;
    }

private:
    struct Given {
        std::uint64_t memory = 0;
        std::size_t jobs = 0;
    };

    static Given given_of(const jobs::Placement& placement, const std::vector<Ran>& all, std::size_t device,
                          double now) {
        Given given;
        for (const Ran& ran : all) {
            if (ran.ended > now && std::count(ran.devices.begin(), ran.devices.end(), device) > 0) {
                given.memory += placement.memory_of(ran.job, device);
                ++given.jobs;
            }
        }
        return given;
    }

    void check_device(const jobs::Placement& placement, const std::vector<Ran>& all, std::size_t device,
                      double now) const {
        const Given given = given_of(placement, all, device, now);
        REQUIRE(given.memory + capacities[device].foreign <= capacities[device].memory);
        REQUIRE(given.jobs <= capacities[device].places);
    }
};

inline double makespan(const std::vector<Ran>& schedule) {
    double last = 0;
    for (const Ran& ran : schedule) {
        last = std::max(last, ran.ended);
    }
    return last;
}

/// "2@0[0,1] 0@10[0]": job, second, devices.
inline std::string text(const std::vector<Ran>& schedule) {
    std::string all;
    for (const Ran& ran : schedule) {
        std::string devices;
        for (const std::size_t device : ran.devices) {
            devices += (devices.empty() ? "" : ",") + std::to_string(device);
        }
        all += fmt::format("{}{}@{}[{}]", all.empty() ? "" : " ", ran.job, ran.begun, devices);
    }
    return all;
}

/// No schedule is shorter: all that the jobs ask for over all that there is, in places, in devices (for jobs
/// of which no two fit on one) and in memory; the longest job.
inline double lower_bound(const std::vector<jobs::Demand>& demands,
                          const std::vector<jobs::Capacity>& capacities) {
    double longest = 0;
    double work = 0;
    double memory_work = 0;
    double large_work = 0;
    double places = 0;
    double memory = 0;
    for (const jobs::Capacity& capacity : capacities) {
        places += static_cast<double>(capacity.places);
        memory += static_cast<double>(capacity.memory);
    }
    for (const jobs::Demand& demand : demands) {
        const double seconds = demand.seconds * static_cast<double>(demand.devices);
        longest = std::max(longest, demand.seconds);
        work += seconds;
        memory_work += seconds * static_cast<double>(demand.memory);
        large_work += demand.memory * 2 > capacities[0].memory ? seconds : 0;
    }
    return std::max(
        {longest, work / places, memory_work / memory, large_work / static_cast<double>(capacities.size())});
}

/// The capacities of the machine that a file describes, so many places on each GPU.
inline std::vector<jobs::Capacity> capacities_of_file(const std::filesystem::path& file, std::size_t places) {
    std::vector<jobs::Capacity> capacities;
    for (const jobs::Gpu& gpu : jobs::machine_from_json(core::parse_json(core::read_file(file))).gpus) {
        capacities.push_back({gpu.memory, places, gpu.used, gpu.busy / 100.0});
    }
    return capacities;
}

}  // namespace graft::tests
