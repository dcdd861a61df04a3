// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>

#include "train/losses.hpp"
#include "train/progress.hpp"
#include "train/reporter.hpp"
#include "train/trainer.hpp"

namespace graft::train {

/// The one epoch of a solved phase, of a run that stands where `progress` says.
struct SolvedEpoch {
    const TrainRequest& request;
    const pipeline::Phase& phase;
    const model::Freezing& freezing;
    std::int64_t epochs;  ///< of the run
    const Stopwatch& time;
    Reporter& reporter;
    std::function<void(const std::string& text)> warn;
};

/// Reads the training split (and validation, where it judges the strengths), solves every head, sends a
/// "solved" event an output, and adds the losses of the solution to `totals`. Its one step is the solution:
/// an epoch that has taken it is left as it is. False when a signal ended it before that; heads that were
/// solved may be written then. Throws Failure(pipeline) for a head that cannot be solved. Throws also what
/// `collect` throws, and Failure(plugin) for a loss that compares these samples otherwise.
bool run_solved_epoch(const SolvedEpoch& epoch, Progress& progress, LossTotals& totals);

}  // namespace graft::train
