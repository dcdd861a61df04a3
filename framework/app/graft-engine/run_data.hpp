// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "command.hpp"
#include "composition.hpp"
#include "data/subset.hpp"

namespace graft::engine {

/// What a trained model is shown: the data set of its run, as the run recorded it or with options replaced.
struct RunData {
    pipeline::Pipeline pipeline;
    plugin::ComponentHandle component;
    Options options;
    bool replaced = false;  ///< other data than the run's
};

/// The pipeline of a run with the request's `sets` in it. Throws Failure(pipeline) for a set of anything but
/// the data set's options and `bad_images`: the rest belongs to the training, or to the trained model.
pipeline::Pipeline read_run_pipeline(const CommandContext& context, const std::string& run);

/// Its data set, with the request's `data` as root. Throws Failure(plugin) and Failure(pipeline).
RunData find_run_data(const CommandContext& context, pipeline::Pipeline pipeline, plugin::Registry& registry);

/// A split of the run (empty: val; "all" of a run divided by fraction: every sample, corrected), or of other
/// data a split by the data set's own name (empty: every sample). Throws Failure(pipeline) where the run has
/// none of that name.
data::Subset choose_subset(const RunData& data, const model::Model& model, const std::string& split);

}  // namespace graft::engine
