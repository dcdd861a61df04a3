// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <torch/nn/init.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/pooling.h>

#include "graft/plugin.hpp"

namespace {

constexpr std::int64_t imagenet_classes = 1000;

struct Block {
    std::int64_t convolutions;
    std::int64_t channels;
};
constexpr std::array<Block, 5> blocks{{{2, 64}, {2, 128}, {3, 256}, {3, 512}, {3, 512}}};

/// The network "D" of "Very Deep Convolutional Networks" (Simonyan and Zisserman 2014), with torchvision's
/// names (features.N, classifier.N), arithmetic and initialisation; with `batch_norm` torchvision's vgg16_bn.
/// Stages: block1..block5, each with its max-pooling, and `classifier` where the option asks for it.
class Vgg16 : public graft::Backbone {
public:
    static graft::OptionTable options() {
        return {graft::option::boolean("batch_norm", false, "normalise after every convolution (vgg16_bn)"),
                graft::option::boolean(
                    "classifier", false,
                    "keep the original classifier as a last stage 'classifier' of 1000 logits")};
    }

    static std::vector<graft::WeightEntry> weights() {
        return {entry("imagenet1k_v1", "vgg16-397923af.pth"),
                entry("bn_imagenet1k_v1", "vgg16_bn-6c64b313.pth")};
    }

    static std::string example() { return "use: vgg16\nweights: imagenet1k_v1\nuntil: block5\n"; }

    Vgg16(const graft::Options& options, const graft::BackboneContext&) {
        torch::nn::Sequential features;
        std::int64_t channels = 3;
        std::int64_t stride = 1;
        for (std::size_t index = 0; index < blocks.size(); ++index) {
            const std::size_t first = features->size();
            add_layers(features, blocks[index], channels, options.boolean("batch_norm"));
            channels = blocks[index].channels;
            stride *= 2;
            std::vector<std::string> modules;
            for (std::size_t number = first; number < features->size(); ++number) {
                modules.push_back("features." + std::to_string(number));
            }
            add_stage("block" + std::to_string(index + 1), modules, graft::map_feature(channels, stride),
                      [=, end = features->size()](const at::Tensor& input) mutable {
                          return run(features, first, end, input);
                      });
        }
        register_module("features", features);
        if (options.boolean("classifier")) {
            add_classifier(channels);
        }
    }

private:
    static graft::WeightEntry entry(const std::string& id, const std::string& file_name) {
        graft::WeightEntry entry;
        entry.id = id;
        entry.url = "https://download.pytorch.org/models/" + file_name;
        entry.file_name = file_name;
        entry.sha256_prefix = file_name.substr(file_name.rfind('-') + 1, 8);
        entry.licence = "BSD-3-Clause";
        return entry;
    }

    static torch::nn::Conv2d conv(std::int64_t inputs, std::int64_t outputs) {
        torch::nn::Conv2d made(torch::nn::Conv2dOptions(inputs, outputs, 3).padding(1));
        torch::nn::init::kaiming_normal_(made->weight, 0, torch::kFanOut, torch::kReLU);
        torch::nn::init::zeros_(made->bias);
        return made;
    }

    static torch::nn::Linear linear(std::int64_t inputs, std::int64_t outputs) {
        torch::nn::Linear made(inputs, outputs);
        torch::nn::init::normal_(made->weight, 0, 0.01);
        torch::nn::init::zeros_(made->bias);
        return made;
    }

    static void add_layers(torch::nn::Sequential& features, const Block& block, std::int64_t inputs,
                           bool batch_norm) {
        for (std::int64_t index = 0; index < block.convolutions; ++index) {
            features->push_back(conv(index == 0 ? inputs : block.channels, block.channels));
            if (batch_norm) {
                features->push_back(torch::nn::BatchNorm2d(block.channels));
            }
            features->push_back(torch::nn::ReLU());
        }
        features->push_back(torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(2).stride(2)));
    }

    /// Modules [first, end) of the sequence.
    static at::Tensor run(torch::nn::Sequential& sequence, std::size_t first, std::size_t end,
                          at::Tensor feature) {
        for (auto module = sequence->begin() + static_cast<std::ptrdiff_t>(first);
             module != sequence->begin() + static_cast<std::ptrdiff_t>(end); ++module) {
            feature = module->forward(feature);
        }
        return feature;
    }

    void add_classifier(std::int64_t channels) {
        constexpr std::int64_t grid = 7;  // cells a side, whatever the input's size
        constexpr std::int64_t hidden = 4096;
        torch::nn::Sequential classifier(linear(channels * grid * grid, hidden), torch::nn::ReLU(),
                                         torch::nn::Dropout(0.5), linear(hidden, hidden), torch::nn::ReLU(),
                                         torch::nn::Dropout(0.5), linear(hidden, imagenet_classes));
        register_module("classifier", classifier);
        add_stage("classifier", {"classifier"}, graft::vector_feature(imagenet_classes),
                  [=](const at::Tensor& map) mutable {
                      return classifier->forward(at::adaptive_avg_pool2d(map, {grid, grid}).flatten(1));
                  });
    }
};

}  // namespace

GRAFT_BACKBONE(Vgg16, "vgg16", "1.0.0", "16-layer plain network (Simonyan and Zisserman 2014)")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
