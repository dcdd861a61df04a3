// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
// A head that gives a class to every pixel: a 1 x 1 convolution over a map, enlarged to the input.
#include <ATen/ATen.h>
#include <torch/nn/modules/conv.h>

#include "graft/plugin.hpp"

class ToySegmenter : public graft::Head {
public:
    static graft::HeadPorts ports(const graft::Options&, const std::vector<graft::TargetKind>&) {
        return {{{graft::Layout::map, 1}},
                {{"mask", {graft::TargetKind::mask}}},
                {{"logits", "pixel_logits", "toy_pixels"}}};
    }
    ToySegmenter(const graft::Options&, const graft::HeadContext& context)
        : size_{context.height, context.width},
          classes_(register_module(
              "classes", torch::nn::Conv2d(torch::nn::Conv2dOptions(
                             context.inputs[0].layout.channels, context.targets[0].classes.size(), 1)))) {}

    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        return {at::upsample_bilinear2d(classes_->forward(features[0]), size_, false)};
    }
    std::vector<graft::Column> encode(const std::vector<graft::Column>& targets) const override {
        return targets;
    }
    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override {
        return {at::softmax(outputs[0], 1)};
    }

private:
    std::vector<std::int64_t> size_;
    torch::nn::Conv2d classes_;
};

/// Cross entropy over the pixels that count; a sample's weight is how many they are.
class ToyPixels : public graft::Loss {
public:
    static std::vector<graft::LossPort> ports(const graft::Options&) {
        return {{"pixels", {"pixel_logits"}}};
    }
    ToyPixels(const graft::Options&, const graft::LossContext&) {}

    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        const at::Tensor counts =
            targets[0].values.ne(graft::ignored_class).logical_and(targets[0].present.view({-1, 1, 1}));
        const at::Tensor classes = targets[0].values.to(at::kLong).masked_fill(counts.logical_not(), 0);
        graft::require_same_shape(outputs[0].select(1, 0), classes, "toy_pixels");
        const at::Tensor each = -at::log_softmax(outputs[0], 1).gather(1, classes.unsqueeze(1)).squeeze(1);
        const at::Tensor weight = counts.to(outputs[0].scalar_type()).sum({1, 2});
        return {(each * counts).sum({1, 2}) / weight.clamp_min(1), weight};
    }
};

GRAFT_HEAD(ToySegmenter, "toy_segmenter", "1.0.0", "A class for every pixel")
GRAFT_LOSS(ToyPixels, "toy_pixels", "1.0.0", "Cross entropy over pixels")
GRAFT_PLUGIN("graft toys", "BSD-3-Clause", "")
