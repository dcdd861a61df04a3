// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/queue.hpp"

#include <algorithm>
#include <array>

namespace graft::jobs {
namespace {

/// The greater, the worse; unknown codes (128 + a signal) are the worst.
std::size_t badness(int code) {
    static constexpr std::array<int, 8> least_to_worst = {0, core::exit_interrupted, 2, 3, 4, 5, 6, 1};
    return static_cast<std::size_t>(std::find(least_to_worst.begin(), least_to_worst.end(), code) -
                                    least_to_worst.begin());
}

constexpr std::uint64_t memory_of_a_job = std::uint64_t{2} << 30;

}  // namespace

Places places_for(const Machine& machine, std::size_t jobs, std::optional<std::size_t> wanted) {
    if (jobs < 2 || (!machine.gpus.empty() && !wanted)) {
        return {};
    }
    const auto by_memory = static_cast<std::size_t>(machine.free_memory / memory_of_a_job);
    const std::size_t most = wanted.value_or(std::min(machine.cores, by_memory));
    const std::size_t at_once = std::max<std::size_t>(1, std::min(most, jobs));
    return {at_once, static_cast<std::int64_t>(std::max<std::size_t>(1, machine.cores / at_once))};
}

std::size_t run_all(const std::vector<Job>& queue, std::size_t at_once, Workers& workers,
                    QueueListener& listener) {
    std::size_t begun = 0;
    while (true) {
        while (begun < queue.size() && workers.running() < at_once && !workers.stop_wanted()) {
            workers.start(queue[begun], listener.begins(begun));
            ++begun;
        }
        if (workers.running() == 0) {
            return begun;
        }
        const auto [job, outcome] = workers.wait();
        listener.ended(static_cast<std::size_t>(job - queue.data()), outcome);
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
