// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "graft/metric.hpp"
#include "pipeline/pipeline.hpp"
#include "train/trainer.hpp"

namespace graft::train {

/// A number that training watches, and which way is better.
struct Monitor {
    std::string name;  ///< "val/loss"
    Direction direction = Direction::lower_is_better;

    /// Whether a value beats another by more than `change`. NaN beats nothing; anything else beats NaN and
    /// nothing at all.
    bool improves(double value, std::optional<double> over, double change = 0) const;
};

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
