// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "insight/predictions.hpp"

namespace graft::insight {

/// What a run left in its folder, as far as it came.
struct RunLeft {
    std::string folder;
    std::string name;                ///< the pipeline's; of several runs of one name, the folder's
    std::string status;              ///< as jobs::state_of gives it
    core::Json record;               ///< run.json
    std::vector<core::Json> epochs;  ///< metrics.jsonl
    core::Json evaluation;           ///< evaluation.json; {} before the end
    std::string pipeline;            ///< pipeline.yaml
    std::optional<Predictions> predictions;

    /// The epoch whose weights the run keeps; 0: none has ended.
    std::int64_t best_epoch() const;
    /// Scores of the best epoch; {} before one has ended.
    core::Json best_scores() const;
    std::string unit(const std::string& score) const;
};

/// Reads the folder of a run, whatever state it is in. Throws Failure(data) for damaged files.
RunLeft read_run_left(const std::string& folder);

/// Gives runs of one name names that tell them apart: their folders.
void name_apart(std::vector<RunLeft>& runs);

}  // namespace graft::insight
