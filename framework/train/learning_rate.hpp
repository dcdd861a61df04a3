// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include "pipeline/pipeline.hpp"

namespace graft::train {

/// The learning rate of a phase's step (0, 1, ...). Warm-up is a straight line that would be 0 one step
/// before the first and is the full rate at the step after the last of warm-up; cosine (Loshchilov and
/// Hutter 2017, without restarts) begins there and would reach its minimum one step after the phase.
/// To add a schedule: a branch here, its name and keys in pipeline/.
double learning_rate(const pipeline::Phase& phase, std::int64_t step, std::int64_t steps_per_epoch);

}  // namespace graft::train
