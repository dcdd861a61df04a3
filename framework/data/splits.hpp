// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "data/corrections.hpp"
#include "data/subset.hpp"
#include "pipeline/pipeline.hpp"

namespace graft::data {

/// The splits of a pipeline over a data set, by name (form 1) or by fraction (form 2).
struct Splits {
    Subset train;
    Subset val;
    Subset test;
    std::vector<std::string> notes;       ///< worth a warning: samples that are in two splits
    std::vector<Correction> corrections;  ///< the tables that changed them
};

/// `open(split)` makes the data set of a split name; by fraction it is called once, with an empty name.
/// By fraction, samples are chosen by hash of (seed, group or id), so adding some moves few others; groups
/// stay in one split, and each class of `stratify` gives its part. Throws Failure(data) when a split that
/// was asked for is empty, Failure(pipeline) when `stratify` is no category target.
Splits make_splits(const pipeline::SplitRule& split,
                   const std::function<plugin::DatasetHandle(const std::string& split)>& open,
                   const std::vector<TargetSchema>& targets);

/// The rule with the names that a data set has (`names`), for a pipeline that names no splits: train or
/// training, and val, valid, validation, dev or else test, testing, in any case; says what it found. Any
/// other rule stays.
pipeline::SplitRule found_splits(pipeline::SplitRule split, const std::vector<std::string>& names,
                                 std::vector<std::string>& notes);

}  // namespace graft::data
