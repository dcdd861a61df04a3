// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "solve/path.hpp"

namespace graft::solve {

/// `absolutes`. One strength: every output alone; errors below a width count as squares, as in Huber (1964),
/// and the width shrinks. What is left to minimise is quadratic piece by piece; Newton's steps (those of
/// ridge regressions of the samples within the width) find its minimum, and end there. Several strengths
/// side by side, to choose among them: alternating directions (Boyd et al. 2011), which in principal
/// directions need no system to be solved, to a thousandth.
class AbsolutePath : public Path {
public:
    AbsolutePath(const Basis& basis, const Targets& targets);

private:
    /// One output, and where its path stands.
    struct Output {
        at::Tensor wanted;   ///< [N]
        at::Tensor mass;     ///< [N]
        double scale;        ///< how much what is wanted varies
        at::Tensor weights;  ///< [R]
        double intercept;
    };

    std::vector<Weights> side_by_side(const at::Tensor& strengths, const Effort& effort) override;
    std::int64_t numbers_held() const override;

    Weights by_newton(double strength, const Effort& effort);
    std::vector<Weights> by_alternating(const at::Tensor& strengths, const Effort& effort) const;
    bool reach(Output& output, double strength, double width, const Effort& effort) const;

    const Basis& basis_;
    const Targets& targets_;
    std::vector<Output> outputs_;
};

}  // namespace graft::solve
