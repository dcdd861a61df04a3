// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>

#include <ATen/core/Tensor.h>

namespace graft::solve {

/// Smooth convex functions of vectors of one size, looked at side by side: row p of a table belongs to
/// function p. All tensors are double but for indices (int64) and truths (bool).
struct Functions {
    /// Of the functions `which` [Q]: the values [Q] at points [Q, n]; writes the gradients [Q, n].
    std::function<at::Tensor(const at::Tensor& which, const at::Tensor& points, at::Tensor& gradients)>
        evaluate;

    /// About the diagonals of the second derivatives [P, n].
    at::Tensor curvature;

    /// The inverse of one function's second derivative at a point [n] times a vector [n]; empty: it would
    /// cost too much.
    std::function<at::Tensor(std::int64_t which, const at::Tensor& point, const at::Tensor& gradient)>
        newton = {};

    /// Whether points with these gradients are good enough [Q].
    std::function<at::Tensor(const at::Tensor& which, const at::Tensor& points, const at::Tensor& gradients)>
        are_minima;
};

struct Minima {
    at::Tensor points;   ///< [P, n]
    at::Tensor reached;  ///< bool [P]; false: rounding or the steps ended before `are_minima` said so
};

/// L-BFGS (Nocedal 1980) with the last 20 steps, the curvature as the scale, and halved steps, from every row
/// of `start` [P, n]. Where that has not reached a minimum after 30 steps, Newton's steps follow, if the
/// functions have them.
Minima minimise(const Functions& functions, const at::Tensor& start, std::int64_t most_steps);

}  // namespace graft::solve
