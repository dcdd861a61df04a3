// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "solve/basis.hpp"

namespace graft::solve {

/// Is thrown where a minimum is looked for no longer.
struct Stopped {};

/// How a minimum is looked for.
struct Effort {
    Effort(double tolerance, const std::atomic<bool>* stop = nullptr, std::int64_t most_steps = 2000)
        : tolerance(tolerance), stop(stop), most_steps(most_steps) {}

    /// After each step: a sign of work. Throws Stopped when `stop` is set.
    void go_on() const;

    double tolerance;  ///< relative error of the weights, about
    const std::atomic<bool>* stop;
    std::int64_t most_steps;  ///< of first order; a step reads all samples
};

/// Weights of the numbers of a Basis, and intercepts.
struct Weights {
    at::Tensor weight;     ///< double [R, K]
    at::Tensor intercept;  ///< double [K]
    bool reached = true;   ///< false: the steps or rounding ended before the tolerance was met

    at::Tensor outputs(const at::Tensor& samples) const;
};

/// The minima of
///
///     strength * (sum over entries of mass * loss) + (sum of squared weights) / 2
///
/// for many strengths (scikit-learn's C). Weights are those of standardised features; intercepts cost
/// nothing.
class Path {
public:
    virtual ~Path() = default;

    /// The minima of strengths in ascending order (several of `absolutes`: to 1e-3 at best), at least one.
    /// As many as memory allows are found side by side, so that all of them read the samples once a step; the
    /// next ones begin at the last found. Throws Stopped.
    std::vector<Weights> minima(const std::vector<double>& strengths, const Effort& effort);

protected:
    /// The minima of strengths [P] side by side, from where the last call ended.
    virtual std::vector<Weights> side_by_side(const at::Tensor& strengths, const Effort& effort) = 0;

    /// How many numbers one strength holds in memory meanwhile.
    virtual std::int64_t numbers_held() const = 0;
};

/// By the term: L-BFGS for `softmax` and `sigmoid`; for `squares` the closed form, or conjugate gradients
/// where they do not all count alike; for `absolutes` Newton's steps. Both arguments must outlive it.
std::unique_ptr<Path> make_path(const Basis& basis, const Targets& targets);

}  // namespace graft::solve
