// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "heatmap.hpp"

#include <ATen/ATen.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>

namespace graft::numbers {
namespace {

constexpr std::int64_t width = 128;  // channels between

torch::nn::ConvTranspose2d twice(std::int64_t inputs) {
    return torch::nn::ConvTranspose2d(
        torch::nn::ConvTranspose2dOptions(inputs, width, 4).stride(2).padding(1).bias(false));
}

/// Centres of the cells of a grid, row after row, in parts of its sides.
at::Tensor cell_centres(std::int64_t rows, std::int64_t columns) {
    const at::Tensor x = (at::arange(columns, at::kFloat) + 0.5) / static_cast<double>(columns);
    const at::Tensor y = (at::arange(rows, at::kFloat) + 0.5) / static_cast<double>(rows);
    return at::stack({x.repeat({rows}), y.repeat_interleave(columns)}, 1);
}

}  // namespace

HeatmapNeck::HeatmapNeck(const FeatureShape& input, std::int64_t points)
    : upsample_(register_module(
          "upsample", torch::nn::Sequential(twice(input.layout.channels), torch::nn::BatchNorm2d(width),
                                            torch::nn::ReLU(), twice(width), torch::nn::BatchNorm2d(width),
                                            torch::nn::ReLU()))),
      heat_(register_module("heat", torch::nn::Conv2d(torch::nn::Conv2dOptions(width, points, 1)))),
      places_(register_buffer("places", cell_centres(4 * input.height, 4 * input.width))) {}

at::Tensor HeatmapNeck::forward(const at::Tensor& map) {
    const at::Tensor heat = at::softmax(heat_->forward(upsample_->forward(map)).flatten(2), 2);
    return at::matmul(heat, places_);
}

}  // namespace graft::numbers
