// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The models that are exported: made of whatever plugins this build has.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/fixture.hpp"

namespace graft::exporting::test {

struct NamedModel {
    std::string name;
    std::function<model::Model()> make;
};

/// resnet18 with a classification head, BatchNorm's statistics unlike those of a fresh network.
NamedModel animals_model();

/// `backbone` with what stands beside its `use` ("resnet18, until: layer3"); `option`: one of the head's, as
/// in a pipeline ("neck: conv").
NamedModel model_of(const std::string& backbone, const std::string& head, const std::string& option = "");

/// Each backbone that needs no option with the head classification, each such head on resnet18, or where it
/// does not fit there, on toy_vit. At 64 pixels.
std::vector<NamedModel> every_model();

/// A head whose predictions cannot be traced (tests/plugins); its raw outputs can.
inline const std::string untraceable = "toy_ordinal";

/// Each backbone that needs no option with all heads at once that fit it, but the untraceable. At 64 pixels.
std::vector<NamedModel> every_backbone_with_every_head();

}  // namespace graft::exporting::test
