// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "core/problem.hpp"
#include "model/freeze.hpp"
#include "train/linear_output.hpp"

namespace graft::train {

/// An output of a head that a phase solves.
struct OutputToSolve {
    std::size_t head = 0;
    std::size_t output = 0;
    std::size_t loss = 0;  ///< of the head's
    LinearOutput layer;
};

/// What a solved phase does, in the order of the heads.
struct SolvePlan {
    std::vector<std::size_t> keepers;    ///< heads that keep the training samples, before anything is solved
    std::vector<OutputToSolve> outputs;  ///< what is solved

    bool is_empty() const { return keepers.empty() && outputs.empty(); }
};

/// The plan of a solved phase; changes nothing. A problem at the phase's place for
/// everything that cannot be solved: a part that is neither frozen nor a head, an output that is not linear
/// in what the head reads, a loss of another form. The model must be in eval mode.
SolvePlan plan_solve(const model::Model& model, const pipeline::Phase& phase, const model::Freezing& freezing,
                     core::Problems& problems);

/// The problems of all solved phases, of those that have nothing to solve among them. Puts the model into
/// eval mode.
void check_solve(model::Model& model, const pipeline::Train& train, core::Problems& problems);

}  // namespace graft::train
