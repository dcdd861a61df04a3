// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <string>

#include <ATen/ATen.h>

#include "elementwise.hpp"
#include "graft/plugin.hpp"

namespace {

/// |output - target|.
class L1 : public graft::elementwise::ElementwiseLoss {
public:
    L1(const graft::Options&, const graft::LossContext&) : ElementwiseLoss("l1") {}

    static std::string example() { return "use: l1\n"; }

protected:
    at::Tensor compare(const at::Tensor& output, const at::Tensor& target) const override {
        return (output - target).abs();
    }
};

}  // namespace

GRAFT_LOSS(L1, "l1", "1.0.0", "Mean absolute error of numbers")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
