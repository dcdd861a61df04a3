// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What the heads of this folder read: one map, or several of different stages.
#pragma once

#include <cstdint>
#include <vector>

#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>

#include "graft/feature.hpp"
#include "graft/head.hpp"
#include "graft/options.hpp"

namespace graft::dense {

/// Maps of several stages on the finest one's grid, as in fully convolutional networks (Long et al. 2015):
/// each through a 1 x 1 convolution, enlarged, and their sum through a 3 x 3 convolution, BatchNorm, ReLU and
/// dropout.
class JoinedMaps : public torch::nn::Module {
public:
    /// `maps`, `channels` and `dropout`.
    static OptionTable options(std::int64_t channels);

    /// As many maps as the option says.
    static std::vector<InputPort> ports(const Options& options);

    JoinedMaps(const std::vector<FeatureShape>& maps, const Options& options);

    /// [N, channels, rows, columns].
    at::Tensor forward(const std::vector<at::Tensor>& maps);

    std::int64_t channels() const { return channels_; }
    std::int64_t rows() const { return rows_; }
    std::int64_t columns() const { return columns_; }

private:
    std::int64_t channels_;
    std::int64_t rows_ = 0;
    std::int64_t columns_ = 0;
    std::vector<bool> is_coarse_;
    std::vector<torch::nn::Conv2d> narrow_;
    torch::nn::Conv2d join_;
    torch::nn::BatchNorm2d norm_;
    torch::nn::Dropout2d dropout_;
};

}  // namespace graft::dense
