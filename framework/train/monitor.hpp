// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "graft/metric.hpp"
#include "model/model.hpp"
#include "pipeline/pipeline.hpp"
#include "train/score.hpp"

namespace graft::train {

/// A number that training watches, and which way is better.
struct Monitor {
    bool on_training = false;  ///< the loss of training; else a score of the validation set
    ScoreName score{"", "", "loss"};
    Direction direction = Direction::lower_is_better;

    /// As `train.monitor` names it: "val/species/accuracy".
    std::string text() const { return (on_training ? "train/" : "val/") + score.key(); }

    /// Whether a value beats another by more than `change`: any value, NaN too, where there is no other; NaN
    /// beats no value, and any number beats NaN.
    bool improves(double value, std::optional<double> over, double change = 0) const;
};

/// What `train.monitor` may name: val/loss, val/HEAD/METRIC (val/HEAD/TARGET/METRIC), train/loss.
std::vector<std::string> monitor_names(const model::Model& model);

/// Adds a problem at the monitor's place when the model has no such metric.
void check_monitor(const model::Model& model, const pipeline::Train& train, core::Problems& problems);

/// The monitor of that name; without one in the model, Failure(pipeline) at the pipeline's place.
Monitor find_monitor(const model::Model& model, const pipeline::Train& train);

/// Counts epochs without improvement within a phase.
struct Patience {
    std::optional<double> best;
    std::int64_t waited = 0;

    /// Takes an epoch's value; true when the phase should end.
    bool exhausted(const Monitor& monitor, const pipeline::EarlyStop& rule, double value);
};

}  // namespace graft::train
