// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "resnet.hpp"

#include <memory>
#include <string>

#include <ATen/ATen.h>
#include <torch/nn/init.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

namespace graft::resnet {
namespace {

constexpr std::int64_t stem_channels = 64;
constexpr std::int64_t imagenet_classes = 1000;

torch::nn::Conv2d conv(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel, std::int64_t stride) {
    torch::nn::Conv2d made(
        torch::nn::Conv2dOptions(inputs, outputs, kernel).stride(stride).padding(kernel / 2).bias(false));
    torch::nn::init::kaiming_normal_(made->weight, 0, torch::kFanOut, torch::kReLU);
    return made;
}

/// Two 3x3 convolutions beside a shortcut, which is a 1x1 convolution where the shapes differ.
/// The relu_ and add_ here change tensors that this block has made itself, never its input.
class BasicBlock : public torch::nn::Module {
public:
    BasicBlock(std::int64_t inputs, std::int64_t outputs, std::int64_t stride)
        : conv1_(register_module("conv1", conv(inputs, outputs, 3, stride))),
          bn1_(register_module("bn1", torch::nn::BatchNorm2d(outputs))),
          conv2_(register_module("conv2", conv(outputs, outputs, 3, 1))),
          bn2_(register_module("bn2", torch::nn::BatchNorm2d(outputs))) {
        if (stride != 1 || inputs != outputs) {
            shortcut_ = register_module("downsample", torch::nn::Sequential(conv(inputs, outputs, 1, stride),
                                                                            torch::nn::BatchNorm2d(outputs)));
        }
    }

    at::Tensor forward(const at::Tensor& input) {
        const at::Tensor hidden = bn1_->forward(conv1_->forward(input)).relu_();
        at::Tensor output = bn2_->forward(conv2_->forward(hidden));
        output.add_(shortcut_.is_empty() ? input : shortcut_->forward(input));
        return output.relu_();
    }

private:
    torch::nn::Conv2d conv1_;
    torch::nn::BatchNorm2d bn1_;
    torch::nn::Conv2d conv2_;
    torch::nn::BatchNorm2d bn2_;
    torch::nn::Sequential shortcut_{nullptr};
};

}  // namespace

OptionTable ResNet::options() {
    return {option::boolean("classifier", false,
                            "keep the original classifier as a last stage 'fc' of 1000 logits")};
}

BackboneInput ResNet::input(const Options&) {
    return {};
}

ResNet::ResNet(const Options& options, const std::array<std::int64_t, 4>& depths) {
    add_stem();
    std::int64_t channels = stem_channels;
    for (std::size_t index = 0; index < depths.size(); ++index) {
        const std::int64_t outputs = stem_channels << index;
        add_layer("layer" + std::to_string(index + 1), depths[index], channels, outputs, index == 0 ? 1 : 2);
        channels = outputs;
    }
    if (options.boolean("classifier")) {
        add_classifier(channels);
    }
}

void ResNet::add_stem() {
    auto first = register_module("conv1", conv(3, stem_channels, 7, 2));
    auto norm = register_module("bn1", torch::nn::BatchNorm2d(stem_channels));
    add_stage("stem", {"conv1", "bn1"}, map_feature(stem_channels, 4), [=](const at::Tensor& image) mutable {
        return at::max_pool2d(norm->forward(first->forward(image)).relu_(), {3, 3}, {2, 2}, {1, 1});
    });
}

void ResNet::add_layer(const std::string& name, std::int64_t depth, std::int64_t inputs, std::int64_t outputs,
                       std::int64_t stride) {
    torch::nn::Sequential blocks;
    for (std::int64_t index = 0; index < depth; ++index) {
        blocks->push_back(BasicBlock(index == 0 ? inputs : outputs, outputs, index == 0 ? stride : 1));
    }
    register_module(name, blocks);
    const std::int64_t cell = 4 * outputs / stem_channels;
    add_stage(name, {name}, map_feature(outputs, cell),
              [=](const at::Tensor& feature) mutable { return blocks->forward(feature); });
}

void ResNet::add_classifier(std::int64_t inputs) {
    auto linear = register_module("fc", torch::nn::Linear(inputs, imagenet_classes));
    const FeatureLayout last = stages().back().output;
    add_stage("fc", {"fc"}, vector_feature(imagenet_classes),
              [=, this](const at::Tensor& feature) mutable { return linear->forward(pool(feature, last)); });
}

}  // namespace graft::resnet
