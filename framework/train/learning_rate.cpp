// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/learning_rate.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace graft::train {
namespace {

/// What the schedule makes of a rate of 1 once warm-up is over.
double factor(const pipeline::Schedule& schedule, std::int64_t step, std::int64_t warmup, std::int64_t total,
              std::int64_t steps_per_epoch) {
    if (schedule.use == "step") {
        const std::int64_t epoch = step / std::max<std::int64_t>(steps_per_epoch, 1);
        const std::int64_t drops = epoch / std::max<std::int64_t>(schedule.every, 1);
        return std::pow(schedule.factor, static_cast<double>(drops));
    }
    if (schedule.use == "cosine" && step > warmup) {
        const double done =
            std::min(1.0, static_cast<double>(step - warmup) / static_cast<double>(total - warmup));
        return schedule.minimum + (1 - schedule.minimum) * (1 + std::cos(std::numbers::pi * done)) / 2;
    }
    return 1;
}

}  // namespace

double learning_rate(const pipeline::Phase& phase, std::int64_t step, std::int64_t steps_per_epoch) {
    const std::int64_t total = phase.epochs * steps_per_epoch;
    const auto warmup =
        static_cast<std::int64_t>(std::llround(phase.schedule.warmup * static_cast<double>(total)));
    const double ramp = step < warmup ? static_cast<double>(step + 1) / static_cast<double>(warmup + 1) : 1.0;
    return phase.optimizer.learning_rate * ramp *
           factor(phase.schedule, step, warmup, total, steps_per_epoch);
}

}  // namespace graft::train
