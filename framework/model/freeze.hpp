// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/problem.hpp"
#include "model/model.hpp"
#include "pipeline/pipeline.hpp"

namespace graft::model {

/// What a phase freezes.
struct Freezing {
    std::size_t frozen_stages = 0;       ///< length of the frozen prefix
    std::vector<std::string> frozen;     ///< paths of frozen tensors, buffers among them
    std::vector<std::string> trainable;  ///< paths of trainable parameters
    std::int64_t total_parameters = 0;
    std::int64_t trainable_parameters = 0;
};

/// What the phase's patterns freeze; changes nothing. An entry that matches nothing is a problem at its
/// place.
Freezing plan_freeze(const Model& model, const pipeline::Phase& phase, core::Problems& problems);

/// Makes it so: the one place that sets requires_grad.
void apply_freeze(Model& model, const Freezing& freezing);

/// Training mode everywhere but in frozen modules (eval: BatchNorm, Dropout), or eval everywhere. A module
/// is frozen when its own parameters and buffers are; one that owns none, when all that it contains is
/// frozen, or, containing nothing, when the stage or the module around it is.
void set_mode(Model& model, const Freezing& freezing, bool training);

/// XXH3-128 over the bytes of the frozen tensors, path by path: equal before and after a phase.
std::string frozen_hash(const Model& model, const Freezing& freezing);

}  // namespace graft::model
