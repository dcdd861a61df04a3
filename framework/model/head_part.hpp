// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Steps that composing from a pipeline and loading from a run share. A fault of a plugin throws
// Failure(plugin); options that make no sense together throw Failure(pipeline) at the place given.
#pragma once

#include "model/model.hpp"

namespace graft::model {

/// Creates a head whose ports, stages, targets and context are filled, and runs a blank feature
/// through forward, encode and decode.
void create_head(HeadPart& part, const plugin::ComponentHandle& component, const core::Place& place);

/// Creates a loss whose id, options and outputs are filled, and compares a blank output with it.
void create_loss(LossPart& loss, const HeadPart& head, const plugin::ComponentHandle& component,
                 const core::Place& place);

/// Whether the head's one input is a vector: it may be joined of several stages, each pooled.
bool joins_stages(const std::vector<InputPort>& ports);

/// What the head's ports get from its stages, features or pooled vectors; `grids`: of every stage.
std::vector<FeatureShape> port_shapes(const std::vector<InputPort>& ports,
                                      const std::vector<std::size_t>& stages,
                                      const std::vector<FeatureShape>& grids);

}  // namespace graft::model
