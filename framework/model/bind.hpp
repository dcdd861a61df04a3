// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a head's ports are bound to: targets of the data set, stages of the backbone.
#pragma once

#include <optional>
#include <vector>

#include "model/compose_head.hpp"

namespace graft::model {

/// The target of each port, an index into the schema: the one that the pipeline names, otherwise the only one
/// that fits. Nothing after a problem at the head's `targets`.
std::optional<std::vector<std::size_t>> bind_targets(const pipeline::Head& head,
                                                     const std::vector<TargetPort>& ports,
                                                     const std::vector<TargetSchema>& schema,
                                                     core::Problems& problems);

/// The stage of each port, an index into the kept ones: as `from` names them, otherwise the last; for the one
/// port of a head that reads a vector any number of them. Nothing after a problem: a stage that is not there
/// or cut off, of another layout, or with too small a grid.
std::optional<std::vector<std::size_t>> bind_stages(const std::vector<InputPort>& ports,
                                                    const ModelParts& model, const HeadRequest& request,
                                                    core::Problems& problems);

}  // namespace graft::model
