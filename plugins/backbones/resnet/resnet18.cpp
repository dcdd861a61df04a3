// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <vector>

#include "graft/plugin.hpp"
#include "resnet.hpp"

namespace {

class ResNet18 : public graft::resnet::ResNet {
public:
    ResNet18(const graft::Options& options, const graft::BackboneContext&) : ResNet(options, {2, 2, 2, 2}) {}

    static std::vector<graft::WeightEntry> weights() {
        graft::WeightEntry entry;
        entry.id = "imagenet1k_v1";
        entry.url = "https://download.pytorch.org/models/resnet18-f37072fd.pth";
        entry.file_name = "resnet18-f37072fd.pth";
        entry.sha256_prefix = "f37072fd";
        entry.normalization = {{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}};
        entry.size = 224;
        entry.resize = 256;
        entry.licence = "BSD-3-Clause";
        return {entry};
    }

    static std::string example() { return "use: resnet18\nweights: none\nuntil: layer4\n"; }
};

}  // namespace

GRAFT_BACKBONE(ResNet18, "resnet18", "1.0.0", "18-layer residual network (He et al. 2015)")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
