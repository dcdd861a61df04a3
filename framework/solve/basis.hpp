// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "solve/targets.hpp"

namespace graft::solve {

/// Features of N samples, standardised (mean 0, standard deviation 1; a feature that never changes counts as
/// 0) and turned into their principal directions. A penalty on the length of weights is the same there, the
/// squares of the columns are all that a problem with squares needs, and R <= min(N, D) numbers a sample
/// stand for D. Whatever is solved for many strengths reads the features themselves once.
class Basis {
public:
    /// double [N, D], N > 0.
    explicit Basis(const at::Tensor& features);

    const at::Tensor& samples() const { return samples_; }  ///< [N, R], every column of mean 0
    const at::Tensor& squares() const { return squares_; }  ///< [R]: the sums of the columns' squares

    /// Other samples [M, D] in the same directions: [M, R].
    at::Tensor samples_of(const at::Tensor& features) const;

    /// Weights [R, K] and intercepts [K] of these numbers as a layer of the features as they came.
    Linear layer(const at::Tensor& weights, const at::Tensor& intercepts) const;

private:
    at::Tensor standardised(const at::Tensor& features) const;

    at::Tensor mean_;          ///< [D]
    at::Tensor deviation_;     ///< [D]
    at::Tensor standardised_;  ///< [N, D], where the directions are combinations of samples (N < D)
    at::Tensor directions_;    ///< [D, R], or [N, R] over the samples
    at::Tensor samples_;
    at::Tensor squares_;
};

}  // namespace graft::solve
