// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "model/model.hpp"
#include "pipeline/pipeline.hpp"
#include "plugin/registry.hpp"

namespace graft::model {

/// What compose needs to know besides the pipeline.
struct ComposeRequest {
    const pipeline::Pipeline& pipeline;
    plugin::Registry& registry;
    std::vector<TargetSchema> schema;  ///< of the data set
};

/// Creates backbone, heads and losses, each seeded from (seed, its name), checks every port and runs
/// one blank image on the CPU. All problems go into `problems` (places in the pipeline); the model is
/// whole only if none was added. Reads no weights. The model comes back on the CPU in eval mode. Throws
/// Failure(plugin) for plugins that cannot be used.
Model compose(const ComposeRequest& request, core::Problems& problems);

/// The normalisation that belongs to the weights of a pipeline that was composed, whatever `data.image` says.
Normalization normalization_of_weights(const pipeline::Pipeline& pipeline, plugin::Registry& registry);

}  // namespace graft::model
