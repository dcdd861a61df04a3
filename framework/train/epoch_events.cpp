// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/epoch_events.hpp"

#include <cmath>

#include "train/learning_rate.hpp"

namespace graft::train {

using core::Json;

Json rates_by_part(const pipeline::Phase& phase, const std::vector<std::string>& trainable, std::int64_t step,
                   std::int64_t steps_an_epoch) {
    Json rates = Json::object();
    if (phase.solve) {
        return rates;
    }
    const double rate = learning_rate(phase, step, steps_an_epoch);
    for (const std::string& path : trainable) {
        const std::size_t dot = path.find('.');
        rates[path.starts_with("backbone.") ? path.substr(0, dot) : path.substr(0, path.find('.', dot + 1))] =
            rate;
    }
    return rates;
}

core::Event early_stop_event(const Progress& progress, const pipeline::Phase& phase, const Monitor& monitor) {
    const std::optional<double>& best = progress.patience.best;
    const core::Event event{"early_stop",
                            {{"phase", progress.phase + 1},
                             {"epoch", progress.epoch + 1},
                             {"epochs", phase.epochs},
                             {"monitor", monitor.text()},
                             {"best", best && std::isfinite(*best) ? Json(*best) : Json()},
                             {"waited", progress.patience.waited}}};
    return event;
}

}  // namespace graft::train
