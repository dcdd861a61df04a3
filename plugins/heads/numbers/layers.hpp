// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What the members of the family share. To add one: a file like regression.cpp, and a line in
// CMakeLists.txt.
#pragma once

#include <cstdint>
#include <vector>

#include <torch/nn/module.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include "graft/ability.hpp"
#include "graft/feature.hpp"
#include "graft/head.hpp"

namespace graft::numbers {

/// The options `hidden` and `dropout` with these fallbacks.
OptionTable layer_options(std::vector<std::int64_t> hidden, double dropout);

/// The book's neck ("Modern Computer Vision with PyTorch", chapter 5): a 3x3 convolution without padding to
/// 512 channels, max-pooling by 2, and all that is left as one vector.
class ConvNeck : public torch::nn::Module {
public:
    static constexpr std::int64_t minimum_grid = 4;  ///< cells a side that leave one

    explicit ConvNeck(const FeatureShape& input);

    /// Map [N, C, h, w] to [N, outputs()].
    at::Tensor forward(const at::Tensor& map);
    std::int64_t outputs() const { return outputs_; }

private:
    torch::nn::Conv2d conv_;
    std::int64_t outputs_;
};

/// Linear and ReLU for every hidden width, with Dropout after each or only between them. Modules are named as
/// in a sequence: 0, 2 (or 3), ...
class HiddenLayers : public torch::nn::Module {
public:
    enum class Drop { after_each, between };

    HiddenLayers(std::int64_t inputs, const Options& options, Drop drop);

    /// [N, inputs] to [N, outputs()]; the inputs themselves when there is no hidden layer.
    at::Tensor forward(at::Tensor feature);
    std::int64_t outputs() const { return outputs_; }

    /// Whether `dropout` does nothing, for want of layers.
    static std::vector<ability::IdleOption> idle_options(const Options& options, Drop drop);

private:
    std::vector<torch::nn::Linear> layers_;
    std::vector<torch::nn::Dropout> dropouts_;
    std::int64_t outputs_;
};

}  // namespace graft::numbers
