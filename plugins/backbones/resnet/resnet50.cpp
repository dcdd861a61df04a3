// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <vector>

#include "graft/plugin.hpp"
#include "resnet.hpp"

namespace {

class ResNet50 : public graft::resnet::ResNet {
public:
    ResNet50(const graft::Options& options, const graft::BackboneContext&)
        : ResNet(options, {3, 4, 6, 3}, BlockKind::bottleneck) {}

    static std::vector<graft::WeightEntry> weights() {
        return {entry("imagenet1k_v1", "resnet50-0676ba61.pth"),
                entry("imagenet1k_v2", "resnet50-11ad3fa6.pth", 232)};
    }

    static std::string example() { return "use: resnet50\nweights: imagenet1k_v1\nuntil: layer4\n"; }
};

}  // namespace

GRAFT_BACKBONE(ResNet50, "resnet50", "1.0.0", "50-layer residual network (He et al. 2015)")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
