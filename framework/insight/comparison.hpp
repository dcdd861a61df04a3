// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Several runs beside each other.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "insight/document.hpp"
#include "insight/run_left.hpp"

namespace graft::insight {

/// A value of the pipelines that is not the same in all of them: "train.batch", and its text in each, empty
/// where it is not there.
struct Difference {
    std::string key;
    std::vector<std::string> values;
};
std::vector<Difference> pipeline_differences(const std::vector<RunLeft>& runs);

/// A sample that one run gets right and another wrong, or whose error differs most: places in each run's
/// predictions.
struct Changed {
    std::string id;
    std::vector<std::string> answers;  ///< in words, one a run
};

/// What changed sides in one answer that all runs have, between the first run and another.
struct SidesChanged {
    std::string answer;
    std::size_t other = 0;         ///< the run beside the first
    std::size_t samples = 0;       ///< that both have and whose truth is known
    std::vector<Changed> mended;   ///< wrong in the first, right in the other
    std::vector<Changed> spoiled;  ///< right in the first, wrong in the other
};

/// Of every category that the first run shares with another run.
std::vector<SidesChanged> sides_changed(const std::vector<RunLeft>& runs);

/// A row a fact or score, a column a run: state, epochs, time, parameters, every score of the best epoch.
DataTable comparison_table(const std::vector<RunLeft>& runs);

/// What differs in the pipelines, a column a run.
DataTable difference_table(const std::vector<RunLeft>& runs);

/// {"runs":[{"name","folder","status","best_epoch","seconds","scores":{..}}],
/// "pipeline":[{"key","values":[..]}],
/// "changed":[{"answer","runs":[..],"samples","mended":[ids],"spoiled":[ids]}]}
core::Json comparison_json(const std::vector<RunLeft>& runs);

}  // namespace graft::insight
