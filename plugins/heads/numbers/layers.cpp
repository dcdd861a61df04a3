// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "layers.hpp"

#include <string>
#include <utility>

#include <ATen/ATen.h>

namespace graft::numbers {

OptionTable layer_options(std::vector<std::int64_t> hidden, double dropout) {
    return {
        option::integers("hidden", std::move(hidden), "widths of the hidden layers, each followed by a ReLU")
            .between(1, 65536),
        option::real("dropout", dropout, "probability of dropping a number between layers").below(0, 1)};
}

ConvNeck::ConvNeck(const FeatureShape& input)
    : conv_(register_module("conv",
                            torch::nn::Conv2d(torch::nn::Conv2dOptions(input.layout.channels, 512, 3)))),
      outputs_(512 * ((input.height - 2) / 2) * ((input.width - 2) / 2)) {}

at::Tensor ConvNeck::forward(const at::Tensor& map) {
    return at::max_pool2d(conv_->forward(map), {2, 2}, {2, 2}).flatten(1);
}

HiddenLayers::HiddenLayers(std::int64_t inputs, const Options& options, Drop drop) : outputs_(inputs) {
    const std::vector<std::int64_t>& widths = options.integers("hidden");
    std::int64_t position = 0;
    for (std::size_t index = 0; index < widths.size(); ++index) {
        layers_.push_back(
            register_module(std::to_string(position), torch::nn::Linear(outputs_, widths[index])));
        position += 2;  // a ReLU, which owns nothing, stands in between
        if (drop == Drop::after_each || index + 1 < widths.size()) {
            dropouts_.push_back(
                register_module(std::to_string(position++), torch::nn::Dropout(options.real("dropout"))));
        }
        outputs_ = widths[index];
    }
}

at::Tensor HiddenLayers::forward(at::Tensor feature) {
    for (std::size_t index = 0; index < layers_.size(); ++index) {
        feature = layers_[index]->forward(feature).relu();
        if (index < dropouts_.size()) {
            feature = dropouts_[index]->forward(feature);
        }
    }
    return feature;
}

std::vector<ability::IdleOption> HiddenLayers::idle_options(const Options& options, Drop drop) {
    const std::size_t least = drop == Drop::after_each ? 1 : 2;
    if (options.real("dropout") <= 0 || options.integers("hidden").size() >= least) {
        return {};
    }
    return {{"dropout", least == 1 ? "it follows hidden layers, and there is none"
                                   : "it stands between hidden layers, and there are not two"}};
}

}  // namespace graft::numbers
