// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "kept_samples.hpp"

#include <ATen/ATen.h>

namespace graft::kept {

OptionSpec samples_option(std::int64_t fallback, const char* doc) {
    return option::integer("samples", fallback, doc).between(1, 1'000'000);
}

KeptSamples::KeptSamples(std::int64_t places, std::int64_t length)
    : features_(register_buffer("features", at::randn({places, length}))),
      used_(register_buffer("used", at::ones({places}))) {}

void KeptSamples::keep(const at::Tensor& features) {
    const at::NoGradGuard no_gradients;
    const std::int64_t count = features.size(0);
    features_.zero_();
    used_.zero_();
    features_.narrow(0, 0, count).copy_(features);
    used_.narrow(0, 0, count).fill_(1);
}

/// |x|^2 - 2 x . m + |m|^2 as one linear layer of x and its squares: OpenCV 4.6 does not read sums of rows
/// and columns from an export.
at::Tensor KeptSamples::squared_distances(const at::Tensor& features) const {
    const at::Tensor weight = at::cat({features_ * -2, at::ones_like(features_)}, 1);
    const at::Tensor bias = (features_ * features_).sum(1);
    return at::linear(at::cat({features, features * features}, 1), weight, bias).relu();
}

}  // namespace graft::kept
