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
    std::string name;                ///< the pipeline's, or the folder (name_apart)
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

/// Reads the folder of a run, whatever state it is in. Lines of metrics.jsonl that are no JSON object are
/// left out. Throws Failure(data) for other damaged files.
RunLeft read_run_left(const std::string& folder);

/// Where two runs have one name, or one has none, every run is named by its folder. At least one run.
void name_apart(std::vector<RunLeft>& runs);

}  // namespace graft::insight
