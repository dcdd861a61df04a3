// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "solve/basis.hpp"

namespace graft::solve {

/// Weights of the numbers of a Basis, and intercepts.
struct Weights {
    at::Tensor weight;     ///< double [R, K]
    at::Tensor intercept;  ///< double [K]

    at::Tensor outputs(const at::Tensor& samples) const;
};

/// The minima of
///
///     strength * (sum over entries of mass * loss) + (sum of squared weights) / 2
///
/// for one strength after another (scikit-learn's C), each begun at the one before. Weights are those of
/// standardised features; intercepts cost nothing.
class Path {
public:
    virtual ~Path() = default;

    /// The minimum of a strength; relative error of the weights about `tolerance`.
    virtual Weights at(double strength, double tolerance) = 0;

    /// Whether every minimum was reached.
    bool reached() const { return reached_; }

protected:
    bool reached_ = true;
};

/// By the term: L-BFGS for `softmax` and `sigmoid`; for `squares` the closed form; for `absolutes`, and
/// squares that do not all count alike, ridge regressions of weighted samples. Both arguments must outlive
/// it.
std::unique_ptr<Path> make_path(const Basis& basis, const Targets& targets);

}  // namespace graft::solve
