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

}  // namespace

std::vector<Device> devices() {
    return {{"auto"}};
}

std::vector<Outcome> run_all(const std::vector<Job>& queue, const std::vector<Device>& devices,
                             const Runner& runner) {
    std::vector<Outcome> outcomes;
    if (devices.empty()) {
        throw core::Failure(core::Category::internal, "there is no device to run a job on");
    }
    for (const Job& job : queue) {
        outcomes.push_back(runner(job));
        if (outcomes.back().stop_wanted) {
            break;
        }
    }
    return outcomes;
}

int worst_exit_code(const std::vector<int>& codes) {
    int worst = 0;
    for (const int code : codes) {
        worst = badness(code) > badness(worst) ? code : worst;
    }
    return worst;
}

}  // namespace graft::jobs
