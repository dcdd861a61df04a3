// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <vector>

#include "graft/plugin.hpp"
#include "resnet.hpp"

namespace {

class ResNet34 : public graft::resnet::ResNet {
public:
    ResNet34(const graft::Options& options, const graft::BackboneContext&)
        : ResNet(options, {3, 4, 6, 3}, BlockKind::basic) {}

    static std::vector<graft::WeightEntry> weights() {
        return {entry("imagenet1k_v1", "resnet34-b627a593.pth")};
    }

    static std::string example() { return "use: resnet34\nweights: imagenet1k_v1\nuntil: layer4\n"; }
};

}  // namespace

GRAFT_BACKBONE(ResNet34, "resnet34", "1.0.0", "34-layer residual network (He et al. 2015)")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
