// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>

#include <ATen/core/Tensor.h>

namespace graft::solve {

/// A smooth convex function of a vector.
struct Function {
    /// The value at a point; writes the gradient there.
    std::function<double(const at::Tensor& point, at::Tensor& gradient)> at;

    /// About the diagonal of the second derivative.
    at::Tensor curvature;

    /// The inverse of the second derivative at a point times a vector; empty: it would cost too much.
    std::function<at::Tensor(const at::Tensor& point, const at::Tensor& gradient)> newton = {};

    /// Whether a point with this gradient is good enough.
    std::function<bool(const at::Tensor& point, const at::Tensor& gradient)> is_minimum;
};

struct Minimum {
    at::Tensor point;
    std::int64_t steps = 0;
    bool reached = false;  ///< `is_minimum` said so; else rounding or the number of steps ended it
};

/// L-BFGS (Nocedal 1980) with the last 20 steps, the curvature as the scale, and halved steps. Where that has
/// not reached the minimum after 30 steps, Newton's steps follow, if the function has them.
Minimum minimise(const Function& function, at::Tensor start, std::int64_t most_steps = 2000);

}  // namespace graft::solve
