// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "graft/error.hpp"
#include "graft/plugin.hpp"
#include "joined_maps.hpp"
#include "spaces.hpp"

namespace graft::dense {
namespace {

/// A class for every pixel. The output, [N, K, height, width], holds logits in the input's size.
class Segmentation : public Head {
public:
    static OptionTable options() { return JoinedMaps::options(128); }

    static HeadPorts ports(const Options& options, const std::vector<TargetKind>&) {
        return {JoinedMaps::ports(options),
                {{"mask", {TargetKind::mask}}},
                {{"logits", pixel_logits, "pixel_cross_entropy"}}};
    }

    static std::string example() {
        return "use: segmentation\n"
               "maps: 3\n"
               "from: [layer1, layer2, layer3]\n"
               "loss:                         # absent: pixel_cross_entropy\n"
               "  - {use: pixel_cross_entropy, outputs: [logits]}\n"
               "  - {use: dice, outputs: [logits], weight: 0.5}\n";
    }

    Segmentation(const Options& options, const HeadContext& context)
        : size_{context.height, context.width},
          maps_(register_module("maps", std::make_shared<JoinedMaps>(context.inputs, options))),
          classes_(register_module(
              "classes", torch::nn::Conv2d(torch::nn::Conv2dOptions(
                             maps_->channels(),
                             static_cast<std::int64_t>(context.targets.front().classes.size()), 1)))) {
        if (context.targets.front().classes.size() < 2) {
            throw Error(ErrorKind::options, "target '" + context.targets.front().name +
                                                "' has 1 class; there must be 2 or more to tell apart");
        }
    }

    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        return {at::upsample_bilinear2d(classes_->forward(maps_->forward(features)), size_,
                                        /*align_corners=*/false)};
    }

    std::vector<Column> encode(const std::vector<Column>& targets) const override { return targets; }

    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override {
        return {at::softmax(outputs.front(), 1)};
    }

private:
    std::vector<std::int64_t> size_;
    std::shared_ptr<JoinedMaps> maps_;
    torch::nn::Conv2d classes_;
};

}  // namespace
}  // namespace graft::dense

GRAFT_HEAD(graft::dense::Segmentation, "segmentation", "1.0.0",
           "A class for every pixel, from one map or several")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
