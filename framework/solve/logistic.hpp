// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "solve/path.hpp"

namespace graft::solve {

/// Logistic regression: `softmax` over K outputs, or `sigmoid` for each of them. A softmax of two outputs is
/// a sigmoid of their difference, whose weights are what the penalty is about: each output gets half of it.
class LogisticPath : public Path {
public:
    LogisticPath(const Basis& basis, const Targets& targets);

    Weights at(double strength, double tolerance) override;

private:
    Weights unpacked(const at::Tensor& point) const;
    double value(double strength, const at::Tensor& point, at::Tensor& gradient) const;
    at::Tensor curvature(double strength) const;
    at::Tensor second_derivative(double strength, const at::Tensor& point) const;

    const Basis& basis_;
    bool halves_;
    Targets targets_;
    at::Tensor point_;  ///< [(R + 1) * K]: weights, then intercepts
};

}  // namespace graft::solve
