// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <vector>

#include "core/event.hpp"
#include "train/collected.hpp"
#include "train/solve_plan.hpp"

namespace graft::train {

/// What a phase is solved from.
struct SolveRequest {
    const model::Model& model;
    const pipeline::Phase& phase;
    const SolvePlan& plan;
    const Collected& train;
    const Collected* val;  ///< null: strengths are chosen by folds
    std::uint64_t seed;
    const std::atomic<bool>* stop;  ///< null: to the end
};

/// Whether the phase chooses strengths by the validation split, if there is one.
bool chooses_by_val(const pipeline::Solve& solve);

/// Has heads keep the training samples, finds every output and writes it into the head's tensors. What was
/// found, an object an output, or a head that only keeps: {"head","output","method"}, for `kept samples`
/// {"samples": read}, and for `linear` {"strength","chosen_by": "the pipeline", "validation" or
/// "folds","loss": of that judge}. `warn` is told of a tolerance that was not reached. Throws solve::Stopped;
/// heads that were solved before it are written then.
core::Json solve_heads(const SolveRequest& request, const std::function<void(const std::string&)>& warn);

}  // namespace graft::train
