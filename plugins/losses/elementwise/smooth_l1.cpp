// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <limits>
#include <string>

#include <ATen/ATen.h>

#include "elementwise.hpp"
#include "graft/plugin.hpp"

namespace {

/// d^2 / (2 beta) for |d| < beta, else |d| - beta / 2, d = output - target (Girshick 2015, with PyTorch's
/// beta).
class SmoothL1 : public graft::elementwise::ElementwiseLoss {
public:
    static graft::OptionTable options() {
        return {graft::option::real("beta", 1.0,
                                    "difference, in the output's space, below which the loss is quadratic")
                    .above(0, std::numeric_limits<double>::infinity())};
    }

    SmoothL1(const graft::Options& options, const graft::LossContext&)
        : ElementwiseLoss("smooth_l1"), beta_(options.real("beta")) {}

    static std::string example() { return "use: smooth_l1\nbeta: 0.05\n"; }

protected:
    at::Tensor compare(const at::Tensor& output, const at::Tensor& target) const override {
        return at::smooth_l1_loss(output, target, at::Reduction::None, beta_);
    }

private:
    double beta_;
};

}  // namespace

GRAFT_LOSS(SmoothL1, "smooth_l1", "1.0.0", "Absolute error, quadratic near zero")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
