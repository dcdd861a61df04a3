// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/queue.hpp"

#include <algorithm>
#include <array>

#include <sched.h>
#include <unistd.h>

#include "core/free_memory.hpp"

namespace graft::jobs {
namespace {

/// The greater, the worse; unknown codes (128 + a signal) are the worst.
std::size_t badness(int code) {
    static constexpr std::array<int, 8> least_to_worst = {0, core::exit_interrupted, 2, 3, 4, 5, 6, 1};
    return static_cast<std::size_t>(std::find(least_to_worst.begin(), least_to_worst.end(), code) -
                                    least_to_worst.begin());
}

constexpr std::uint64_t memory_of_a_job = std::uint64_t{2} << 30;

std::size_t usable_cores() {
    cpu_set_t cores;
    return ::sched_getaffinity(0, sizeof(cores), &cores) == 0 ? static_cast<std::size_t>(CPU_COUNT(&cores))
                                                              : 1;
}

enum class Stage { waiting, running, done, failed };

/// A job that this one needs and that has not ended well, one that failed before one that may still do so.
std::optional<std::size_t> find_obstacle(const Job& job, const std::vector<Stage>& stages) {
    std::optional<std::size_t> obstacle;
    for (const std::size_t needed : job.needs) {
        if (stages[needed] == Stage::failed) {
            return needed;
        }
        obstacle = stages[needed] == Stage::done ? obstacle : needed;
    }
    return obstacle;
}

}  // namespace

Machine this_machine() {
    return {usable_cores(), core::free_memory(), ::access("/dev/nvidiactl", F_OK) == 0};
}

Places places_for(const Machine& machine, std::size_t jobs, std::optional<std::size_t> wanted) {
    if (jobs < 2 || (machine.has_gpu && !wanted)) {
        return {};
    }
    const auto by_memory = static_cast<std::size_t>(machine.free_memory / memory_of_a_job);
    const std::size_t most = wanted.value_or(std::min(machine.cores, by_memory));
    const std::size_t at_once = std::max<std::size_t>(1, std::min(most, jobs));
    return {at_once, static_cast<std::int64_t>(std::max<std::size_t>(1, machine.cores / at_once))};
}

void run_all(const std::vector<Job>& queue, std::size_t at_once, Workers& workers, QueueListener& listener) {
    std::vector<Stage> stages(queue.size(), Stage::waiting);
    const auto leave_out = [&](std::size_t job, const std::string& why) {
        stages[job] = Stage::failed;
        listener.left_out(job, why);
    };
    std::size_t job = 0;
    while (true) {
        const bool may_begin = workers.running() < at_once && !workers.stop_wanted();
        if (job == queue.size() || !may_begin) {
            if (workers.running() == 0) {
                return;
            }
            const auto [ended, outcome] = workers.wait();
            const auto number = static_cast<std::size_t>(ended - queue.data());
            stages[number] = outcome.exit_code == 0 ? Stage::done : Stage::failed;
            listener.ended(number, outcome);
            job = 0;  // whoever waited for it stands anywhere
            continue;
        }
        const std::optional<std::size_t> obstacle = find_obstacle(queue[job], stages);
        if (stages[job] != Stage::waiting || (obstacle && stages[*obstacle] != Stage::failed)) {
            ++job;
        } else if (obstacle) {
            leave_out(job, "it needs " + queue[*obstacle].name);
            job = 0;
        } else if (const std::string why = listener.reason_to_leave_out(job); !why.empty()) {
            leave_out(job, why);
            job = 0;
        } else {
            workers.start(queue[job], listener.begins(job));
            stages[job++] = Stage::running;
        }
    }
}

int worst_exit_code(const std::vector<int>& codes) {
    int worst = 0;
    for (const int code : codes) {
        worst = badness(code) > badness(worst) ? code : worst;
    }
    return worst;
}

}  // namespace graft::jobs
