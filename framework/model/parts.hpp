// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The steps that composing from a pipeline and loading from a run share. A fault of a plugin throws
// Failure(plugin); options that make no sense together throw Failure(pipeline) at the place given.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/model.hpp"

namespace graft::model {

/// Seeds torch's generator from (seed, name), so that no part's numbers depend on another part.
void seed_from(std::uint64_t seed, const std::string& name);

/// The stage that owns a path of the backbone ("layer1.0.conv1.weight"); nothing when none does.
std::optional<std::size_t> owning_stage(const plugin::BackboneHandle& backbone, const std::string& path);

/// Creates the model's backbone for its preprocess' size and checks that every parameter and buffer
/// belongs to exactly one stage.
void create_backbone(Model& model, const plugin::ComponentHandle& component, const core::Place& place);

/// Runs a blank image through the kept stages in eval mode, holds them to their declared layouts, fills
/// `model.stages`, and gives the grid of each stage.
std::vector<FeatureShape> measure_stages(Model& model, const core::Place& place);

/// Creates a head whose ports, stages, targets and context are filled, and runs a blank feature
/// through forward, encode and decode.
void create_head(HeadPart& part, const plugin::ComponentHandle& component, const core::Place& place);

/// Creates a loss whose id, options and outputs are filled, and compares a blank output with it.
void create_loss(LossPart& loss, const HeadPart& head, const plugin::ComponentHandle& component,
                 const core::Place& place);

/// What a head's port gets from a stage: its feature, pooled where the port reads a vector.
FeatureShape port_shape(const InputPort& port, const FeatureShape& stage);

const char* layout_name(Layout layout);

}  // namespace graft::model
