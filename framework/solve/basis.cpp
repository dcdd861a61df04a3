// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "solve/basis.hpp"

#include <tuple>

#include <ATen/ATen.h>

namespace graft::solve {

Basis::Basis(const at::Tensor& features) {
    mean_ = features.mean(0);
    deviation_ = features.std(0, /*unbiased=*/false);
    deviation_ = at::where(deviation_ > 1e-12 * (1 + mean_.abs()), deviation_, at::ones_like(deviation_));
    const at::Tensor rows = standardised(features);
    const bool over_samples = rows.size(0) < rows.size(1);
    const auto [values, vectors] = at::linalg_eigh(over_samples ? rows.mm(rows.t()) : rows.t().mm(rows), "L");
    // Directions in which nothing but rounding is left. Values come in ascending order.
    const at::Tensor kept = (values > values.max() * 1e-13).nonzero().squeeze(1);
    squares_ = values.index_select(0, kept);
    const at::Tensor chosen = vectors.index_select(1, kept);
    if (over_samples) {
        samples_ = chosen * squares_.sqrt();
        directions_ = chosen / squares_.sqrt();
        standardised_ = rows;
    } else {
        samples_ = rows.mm(chosen);
        directions_ = chosen;
    }
}

at::Tensor Basis::standardised(const at::Tensor& features) const {
    return (features - mean_) / deviation_;
}

at::Tensor Basis::samples_of(const at::Tensor& features) const {
    const at::Tensor rows = standardised(features);
    return standardised_.defined() ? rows.mm(standardised_.t()).mm(directions_) : rows.mm(directions_);
}

Linear Basis::layer(const at::Tensor& weights, const at::Tensor& intercepts) const {
    at::Tensor standard = directions_.mm(weights);
    if (standardised_.defined()) {
        standard = standardised_.t().mm(standard);
    }
    const at::Tensor weight = (standard / deviation_.unsqueeze(1)).t().contiguous();
    return {weight, intercepts - weight.mv(mean_)};
}

}  // namespace graft::solve
