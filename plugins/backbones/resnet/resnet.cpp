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

/// What stands beside a block's convolutions: nothing, or a 1x1 convolution where the shapes differ.
torch::nn::Sequential shortcut(std::int64_t inputs, std::int64_t outputs, std::int64_t stride) {
    if (stride == 1 && inputs == outputs) {
        return nullptr;
    }
    return torch::nn::Sequential(conv(inputs, outputs, 1, stride), torch::nn::BatchNorm2d(outputs));
}

// The relu_ and add_ below change tensors that a block has made itself, never its input.

/// Two 3x3 convolutions beside a shortcut.
class BasicBlock : public torch::nn::Module {
public:
    static constexpr std::int64_t expansion = 1;

    BasicBlock(std::int64_t inputs, std::int64_t width, std::int64_t stride)
        : conv1_(register_module("conv1", conv(inputs, width, 3, stride))),
          bn1_(register_module("bn1", torch::nn::BatchNorm2d(width))),
          conv2_(register_module("conv2", conv(width, width, 3, 1))),
          bn2_(register_module("bn2", torch::nn::BatchNorm2d(width))),
          shortcut_(shortcut(inputs, width, stride)) {
        if (!shortcut_.is_empty()) {
            register_module("downsample", shortcut_);
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
    torch::nn::Sequential shortcut_;
};

/// A 3x3 convolution, with the stride (as torchvision; the paper has it in the first), between two 1x1 that
/// narrow and widen, beside a shortcut.
class Bottleneck : public torch::nn::Module {
public:
    static constexpr std::int64_t expansion = 4;

    Bottleneck(std::int64_t inputs, std::int64_t width, std::int64_t stride)
        : conv1_(register_module("conv1", conv(inputs, width, 1, 1))),
          bn1_(register_module("bn1", torch::nn::BatchNorm2d(width))),
          conv2_(register_module("conv2", conv(width, width, 3, stride))),
          bn2_(register_module("bn2", torch::nn::BatchNorm2d(width))),
          conv3_(register_module("conv3", conv(width, expansion * width, 1, 1))),
          bn3_(register_module("bn3", torch::nn::BatchNorm2d(expansion * width))),
          shortcut_(shortcut(inputs, expansion * width, stride)) {
        if (!shortcut_.is_empty()) {
            register_module("downsample", shortcut_);
        }
    }

    at::Tensor forward(const at::Tensor& input) {
        at::Tensor hidden = bn1_->forward(conv1_->forward(input)).relu_();
        hidden = bn2_->forward(conv2_->forward(hidden)).relu_();
        at::Tensor output = bn3_->forward(conv3_->forward(hidden));
        output.add_(shortcut_.is_empty() ? input : shortcut_->forward(input));
        return output.relu_();
    }

private:
    torch::nn::Conv2d conv1_;
    torch::nn::BatchNorm2d bn1_;
    torch::nn::Conv2d conv2_;
    torch::nn::BatchNorm2d bn2_;
    torch::nn::Conv2d conv3_;
    torch::nn::BatchNorm2d bn3_;
    torch::nn::Sequential shortcut_;
};

template <class Block>
torch::nn::Sequential blocks(std::int64_t depth, std::int64_t inputs, std::int64_t width,
                             std::int64_t stride) {
    torch::nn::Sequential layer;
    for (std::int64_t index = 0; index < depth; ++index) {
        layer->push_back(
            Block(index == 0 ? inputs : Block::expansion * width, width, index == 0 ? stride : 1));
    }
    return layer;
}

}  // namespace

OptionTable ResNet::options() {
    return {option::boolean("classifier", false,
                            "keep the original classifier as a last stage 'fc' of 1000 logits")};
}

BackboneInput ResNet::input(const Options&) {
    return {};
}

ResNet::ResNet(const Options& options, const Depths& depths, BlockKind kind) : kind_(kind) {
    add_stem();
    for (std::size_t index = 0; index < depths.size(); ++index) {
        add_layer(index, depths[index]);
    }
    if (options.boolean("classifier")) {
        add_classifier();
    }
}

void ResNet::add_stem() {
    auto first = register_module("conv1", conv(3, stem_channels, 7, 2));
    auto norm = register_module("bn1", torch::nn::BatchNorm2d(stem_channels));
    add_stage("stem", {"conv1", "bn1"}, map_feature(stem_channels, 4), [=](const at::Tensor& image) mutable {
        return at::max_pool2d(norm->forward(first->forward(image)).relu_(), {3, 3}, {2, 2}, {1, 1});
    });
}

void ResNet::add_layer(std::size_t index, std::int64_t depth) {
    const std::string name = "layer" + std::to_string(index + 1);
    const FeatureLayout input = stages().back().output;
    const std::int64_t width = stem_channels << index;
    const std::int64_t stride = index == 0 ? 1 : 2;
    const bool basic = kind_ == BlockKind::basic;
    torch::nn::Sequential layer = basic ? blocks<BasicBlock>(depth, input.channels, width, stride)
                                        : blocks<Bottleneck>(depth, input.channels, width, stride);
    register_module(name, layer);
    const std::int64_t expansion = basic ? BasicBlock::expansion : Bottleneck::expansion;
    add_stage(name, {name}, map_feature(expansion * width, stride * input.stride),
              [=](const at::Tensor& feature) mutable { return layer->forward(feature); });
}

void ResNet::add_classifier() {
    const FeatureLayout last = stages().back().output;
    auto linear = register_module("fc", torch::nn::Linear(last.channels, imagenet_classes));
    add_stage("fc", {"fc"}, vector_feature(imagenet_classes),
              [=, this](const at::Tensor& feature) mutable { return linear->forward(pool(feature, last)); });
}

WeightEntry ResNet::entry(const std::string& id, const std::string& file_name, std::int64_t resize) {
    WeightEntry entry;
    entry.id = id;
    entry.url = "https://download.pytorch.org/models/" + file_name;
    entry.file_name = file_name;
    entry.sha256_prefix = file_name.substr(file_name.rfind('-') + 1, 8);
    entry.resize = resize;
    entry.licence = "BSD-3-Clause";
    return entry;
}

}  // namespace graft::resnet
