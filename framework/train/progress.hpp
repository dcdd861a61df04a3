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
    core::Json course = core::Json::object();  ///< of the training: see course.hpp; null: format 1 had none
    std::int64_t train_samples = 0;
    std::int64_t val_samples = 0;             ///< -1: format 1 did not tell
    std::size_t phase = 0;                    ///< index of the phase that runs, or ended last
    bool phase_over = false;                  ///< it has ended; the next one has not begun
    std::int64_t phase_epoch = 0;             ///< epochs of the phase that have ended
    std::int64_t epoch = 0;                   ///< epochs of the run that have ended
    std::int64_t step = 0;                    ///< steps taken in the running epoch
    std::int64_t batches = 0;                 ///< loader's batches consumed in it
    std::int64_t samples = 0;                 ///< samples trained in it
    double seconds = 0;                       ///< spent in it
    std::vector<std::array<double, 2>> sums;  ///< training losses of it: see LossTotals
    EpochScores best;
    std::optional<double> best_value;
    std::int64_t phase_best_epoch = 0;  ///< of the run, the best of the phase; 0: none
    std::optional<double> phase_best_value;
    std::int64_t start_epoch = 0;  ///< of the run, whose weights the phase began with; 0: none
    EpochScores final_epoch;       ///< the last that ended
    Patience patience;
    std::string frozen_before;  ///< hash of the phase's frozen tensors when it began; empty: not begun
    std::vector<FreezeProof> freeze_proof;  ///< one a phase that has ended
    std::string frozen_file;  ///< beside the checkpoint: the phase's frozen tensors; empty: nothing is frozen
    core::Json solved = core::Json::array();  ///< what solved phases found: see solve_heads, with "phase"

    /// Ends the running epoch: the fields of it become 0.
    void end_epoch();
    /// Goes on to the next phase, with the weights of an epoch of the run.
    void next_phase(std::int64_t from_epoch);
    /// The phase that is over goes on, with its patience new.
    void reopen_phase();
};

std::string to_text(const Progress& progress);

/// Throws Failure(data) naming `source` for anything that `to_text` did not write.
Progress progress_from_text(const std::string& text, const std::string& source);

/// An evaluation with all that it holds, numbers that are not finite among it.
std::string to_text(const Evaluation& evaluation);
Evaluation evaluation_from_text(const std::string& text, const std::string& source);

}  // namespace graft::train
