// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "solve/neighbours.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

#include <ATen/ATen.h>

namespace graft::solve {

Neighbours nearest(const at::Tensor& features, std::int64_t most) {
    constexpr std::int64_t rows_at_once = 1024;
    constexpr double nothing = 1e-12;
    const std::int64_t samples = features.size(0);
    const std::int64_t count = std::max<std::int64_t>(std::min(most, samples - 1), 0);
    const at::Tensor centred = features - features.mean(0, /*keepdim=*/true);
    const at::Tensor lengths = centred.norm(2, 1, /*keepdim=*/true);
    const at::Tensor directions = centred / lengths.clamp_min(nothing);
    std::vector<at::Tensor> indices;
    std::vector<at::Tensor> cosines;
    for (std::int64_t first = 0; first < samples; first += rows_at_once) {
        const std::int64_t rows = std::min(rows_at_once, samples - first);
        at::Tensor alike = directions.narrow(0, first, rows).mm(directions.t());
        const at::Tensor itself = at::arange(rows, at::kLong);
        alike.index_put_({itself, itself + first}, -2.0);
        const auto [largest, where] = alike.topk(count, 1);
        indices.push_back(where);
        cosines.push_back(largest);
    }
    return {at::cat(indices), at::cat(cosines)};
}

}  // namespace graft::solve
