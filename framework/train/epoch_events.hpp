// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a training tells of its epochs, where that takes more than a line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "pipeline/pipeline.hpp"
#include "train/monitor.hpp"
#include "train/progress.hpp"

namespace graft::train {

/// By the parts that a phase trains in steps ("backbone", "heads.species", "losses.species"): its learning
/// rate at one of its steps. `trainable`: paths of parameters. {} of a phase that is solved.
core::Json rates_by_part(const pipeline::Phase& phase, const std::vector<std::string>& trainable,
                         std::int64_t step, std::int64_t steps_an_epoch);

/// What "early_stop" would be, were the running phase over with the epoch that ends.
core::Event early_stop_event(const Progress& progress, const pipeline::Phase& phase, const Monitor& monitor);

}  // namespace graft::train
