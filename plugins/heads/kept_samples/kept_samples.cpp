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

at::Tensor KeptSamples::squared_distances(const at::Tensor& features) const {
    const at::Tensor own = (features * features).sum(1, /*keepdim=*/true);
    const at::Tensor others = (features_ * features_).sum(1).unsqueeze(0);
    return (own + others - at::matmul(features, features_.t()) * 2).relu();
}

}  // namespace graft::kept
