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

private:
    std::vector<Weights> side_by_side(const at::Tensor& strengths, const Effort& effort) override;
    std::int64_t numbers_held() const override;

    at::Tensor outputs(const at::Tensor& points) const;
    at::Tensor values(const at::Tensor& strengths, const at::Tensor& points, at::Tensor& gradients) const;
    at::Tensor curvature(const at::Tensor& strengths) const;
    at::Tensor second_derivative(double strength, const at::Tensor& point) const;
    Weights unpacked(const at::Tensor& point) const;

    const Basis& basis_;
    bool halves_;
    Targets targets_;
    std::int64_t columns_;
    at::Tensor last_;  ///< a point: [K (R + 1)], of every column the weights and the intercept
};

}  // namespace graft::solve
