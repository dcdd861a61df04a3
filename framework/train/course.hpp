// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/problem.hpp"
#include "pipeline/pipeline.hpp"
#include "train/progress.hpp"

namespace graft::train {

/// What of `train` (and the seed) decides how a training goes, as a checkpoint keeps it:
/// {"seed":..,"train.batch":..,..,"phases":[{"epochs":..,"optimizer.lr":..,..}]}. Device and threads are not
/// among it.
core::Json course_of(const pipeline::Pipeline& pipeline);

/// What a person may change when a run goes on, in words.
extern const char* const may_change_on_resuming;

/// Adds a problem with both values for everything in which two courses differ and may not, where the run
/// stands at `progress`.
void check_course(const core::Json& saved, const core::Json& now, const Progress& progress,
                  core::Problems& problems);

/// What is other now, a line each, with where the schedule of the running phase goes on.
std::vector<std::string> changes_of_course(const core::Json& saved, const pipeline::Pipeline& now,
                                           const Progress& progress, std::int64_t steps_per_epoch);

}  // namespace graft::train
