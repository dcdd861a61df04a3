// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "solve/untold.hpp"

#include <ATen/ATen.h>

namespace graft::solve {

at::Tensor untold_by_others(const at::Tensor& table, const at::Tensor& learns, double penalty) {
    const at::Tensor learned = table.index_select(0, learns.nonzero().squeeze(1));
    const at::Tensor mean = learned.mean(0, /*keepdim=*/true);
    at::Tensor deviation = (learned - mean).square().mean(0, /*keepdim=*/true).sqrt();
    deviation = deviation.where(deviation > 0, at::ones_like(deviation));
    const at::Tensor standard = (learned - mean) / deviation;
    const at::Tensor correlations = standard.t().mm(standard) / static_cast<double>(learned.size(0)) +
                                    penalty * at::eye(table.size(1), at::kDouble);
    const at::Tensor inverse = at::linalg_inv(correlations);
    return (table - mean).div(deviation).mm(inverse).div(inverse.diagonal()) * deviation;
}

}  // namespace graft::solve
