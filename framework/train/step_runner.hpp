// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "model/freeze.hpp"
#include "train/optimizer.hpp"
#include "train/step.hpp"

namespace graft::train {

/// The parameters that a phase trains, in the model's order.
NamedTensors trainable_parameters(const model::Model& model, const model::Freezing& freezing);

/// Every parameter of a model, in its order.
NamedTensors all_parameters(const model::Model& model);

/// What a step needs besides its batches.
struct StepContext {
    const model::Model& model;
    Optimizer& optimizer;
    std::size_t frozen_stages;
    at::Device device;
    std::uint64_t seed;
    std::vector<pipeline::Augment> feature_augment = {};
    std::vector<std::size_t> told_heads = {};  ///< see forward_backward
};

/// One optimiser step: seeded from (seed, epoch, step), so that Dropout and the like draw the same after a
/// resume; forward, backward, update; gradients forgotten. `step`: of the epoch, from 1. Throws
/// Failure(training) for what a person can mend: too little memory, one sample under a BatchNorm that trains;
/// gradients and buffers may have changed then, so the run ends. Host thread only.
StepOutcome take_step(const StepContext& context, const StepBatches& batches, std::int64_t epoch,
                      std::int64_t step, double learning_rate);

}  // namespace graft::train
