// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/compose.hpp"

namespace graft::model {

/// Seeds torch's generator from (seed, name), so that no part's numbers depend on another part.
void seed_from(std::uint64_t seed, const std::string& name);

struct HeadRequest {
    const ComposeRequest& compose;
    const pipeline::Head& head;
    const std::vector<FeatureShape>& grids;  ///< of the kept stages; empty: the backbone has problems
};

/// Adds the head with its losses to the model, or what is wrong with it to `problems`. Without grids its
/// options, targets and losses are still checked.
void compose_head(ModelParts& model, const HeadRequest& request, core::Problems& problems);

/// Creates the losses of a head that was made, or says what is wrong with them.
void compose_losses(HeadPart& part, const HeadRequest& request, core::Problems& problems);

}  // namespace graft::model
