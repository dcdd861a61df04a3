// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/reporter.hpp"

#include <algorithm>

namespace graft::train {

void Reporter::stepped(const RunPosition& position, const std::function<double()>& loss) {
    constexpr double interval = 0.2;
    const double now = clock_();
    if (last_ && now - *last_ < interval) {
        return;
    }
    last_ = now;
    const auto steps_left = static_cast<double>(std::max<std::int64_t>(position.steps - position.step, 0) +
                                                (position.epochs - position.epoch) * position.steps);
    const double a_step = position.seconds / static_cast<double>(std::max<std::int64_t>(position.step, 1));
    const double evaluations =
        static_cast<double>(position.epochs - position.epoch + 1) * evaluation_seconds_;
    core::Event event{
        "progress",
        {{"epoch", position.epoch},
         {"epochs", position.epochs},
         {"step", position.step},
         {"steps", position.steps},
         {"images_per_second",
          position.seconds > 0 ? static_cast<double>(position.samples) / position.seconds : 0.0},
         {"eta_seconds", steps_left * a_step + evaluations}}};
    if (loss) {
        event.fields["loss"] = loss();
    }
    events_.emit(event);
}

}  // namespace graft::train
