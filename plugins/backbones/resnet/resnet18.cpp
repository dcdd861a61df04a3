// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <vector>

#include "graft/plugin.hpp"
#include "resnet.hpp"

namespace {

class ResNet18 : public graft::resnet::ResNet {
public:
    ResNet18(const graft::Options& options, const graft::BackboneContext&)
        : ResNet(options, {2, 2, 2, 2}, BlockKind::basic) {}

    static std::vector<graft::WeightEntry> weights() {
        return {entry("imagenet1k_v1", "resnet18-f37072fd.pth")};
    }

    static std::string example() { return "use: resnet18\nweights: imagenet1k_v1\nuntil: layer4\n"; }
};

}  // namespace

GRAFT_BACKBONE(ResNet18, "resnet18", "1.0.0", "18-layer residual network (He et al. 2015)")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
