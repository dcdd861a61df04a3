// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

#include <torch/nn/module.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>

#include "graft/feature.hpp"

namespace graft::numbers {

/// A heat map a point from two transposed convolutions (Xiao et al. 2018), four times as fine as the feature
/// map, and the place that it expects (soft-argmax: Sun et al. 2018, "Integral Human Pose Regression").
class HeatmapNeck : public torch::nn::Module {
public:
    HeatmapNeck(const FeatureShape& input, std::int64_t points);

    /// Map [N, C, h, w] to places [N, points, 2] in parts of the width and height, strictly inside 0..1.
    at::Tensor forward(const at::Tensor& map);

private:
    torch::nn::Sequential upsample_;
    torch::nn::Conv2d heat_;
    at::Tensor places_;  ///< [cells, 2]: x and y of the cells' centres
};

}  // namespace graft::numbers
