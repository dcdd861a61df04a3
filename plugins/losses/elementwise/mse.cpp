// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <string>

#include <ATen/ATen.h>

#include "elementwise.hpp"
#include "graft/plugin.hpp"

namespace {

/// (output - target)^2.
class MeanSquaredError : public graft::elementwise::ElementwiseLoss {
public:
    MeanSquaredError(const graft::Options&, const graft::LossContext&) : ElementwiseLoss("mse") {}

    static std::string example() { return "use: mse\n"; }

protected:
    at::Tensor compare(const at::Tensor& output, const at::Tensor& target) const override {
        return (output - target).square();
    }
};

}  // namespace

GRAFT_LOSS(MeanSquaredError, "mse", "1.0.0", "Mean squared error of numbers")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
