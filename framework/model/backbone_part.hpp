// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Steps that composing from a pipeline and loading from a run share. A fault of a plugin throws
// Failure(plugin); options that make no sense together throw Failure(pipeline) at the place given.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/model.hpp"

namespace graft::model {

/// The stage that owns a path of the backbone ("layer1.0.conv1.weight"); nothing when none does.
std::optional<std::size_t> owning_stage(const plugin::BackboneHandle& backbone, const std::string& path);

/// Creates the model's backbone for its preprocess' size and checks that every parameter and buffer
/// belongs to exactly one stage.
void create_backbone(ModelParts& model, const plugin::ComponentHandle& component, const core::Place& place);

/// Runs a blank image through the kept stages in eval mode, holds them to their declared layouts, fills
/// `model.stages`, and gives the grid of each stage.
std::vector<FeatureShape> measure_stages(ModelParts& model);

/// "map", "tokens", "vector".
const char* layout_name(Layout layout);

}  // namespace graft::model
