// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "train/monitor.hpp"
#include "train/score.hpp"

namespace graft::train {

/// What must be the same when a run goes on: otherwise "step 17" is another step.
struct RunIdentity {
    std::uint64_t seed = 0;
    std::int64_t samples = 0;  ///< of the training split
    std::int64_t batch = 0;
    std::int64_t accumulate = 0;
    std::int64_t phases = 0;
    std::string sampler = "random";  ///< the rule that composes batches, with its numbers

    bool operator==(const RunIdentity&) const = default;
};

/// The hash of a phase's frozen tensors when it began and when it ended.
struct FreezeProof {
    std::size_t phase = 0;    ///< from 1
    std::size_t tensors = 0;  ///< how many were frozen
    std::string before;
    std::string after;

    bool operator==(const FreezeProof&) const = default;
};

/// [{"phase":..,"tensors":..,"before":..,"after":..}], one a proof.
core::Json to_json(const std::vector<FreezeProof>& proofs);

/// Where a run stands between two steps, apart from tensors. Fields of the running epoch are 0 between two.
struct Progress {
    RunIdentity identity;
    std::size_t phase = 0;                    ///< index; the number of phases when all are done
    std::int64_t phase_epoch = 0;             ///< epochs of the phase that have ended
    std::int64_t epoch = 0;                   ///< epochs of the run that have ended
    std::int64_t step = 0;                    ///< steps taken in the running epoch
    std::int64_t batches = 0;                 ///< loader's batches consumed in it
    std::int64_t samples = 0;                 ///< samples trained in it
    double seconds = 0;                       ///< spent in it
    std::vector<std::array<double, 2>> sums;  ///< training losses of it: see LossTotals
    EpochScores best;
    std::optional<double> best_value;
    EpochScores final_epoch;  ///< the last that ended
    Patience patience;
    std::string frozen_before;  ///< hash of the phase's frozen tensors when it began; empty: not begun
    std::vector<FreezeProof> freeze_proof;  ///< one a phase that has ended

    /// Ends the running epoch: the fields of it become 0.
    void end_epoch();
    /// Ends the phase.
    void end_phase();
};

std::string to_text(const Progress& progress);

/// Throws Failure(data) naming `source` for anything that `to_text` did not write.
Progress progress_from_text(const std::string& text, const std::string& source);

/// Throws Failure(pipeline) that lists every difference.
void require_same_run(const RunIdentity& saved, const RunIdentity& now, const std::string& source);

}  // namespace graft::train
