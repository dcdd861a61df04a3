// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
// A loss over two outputs that learns how to balance them (Kendall, Gal, Cipolla 2018).
#include <ATen/ATen.h>

#include "graft/plugin.hpp"

class ToyPairLoss : public graft::Loss {
public:
    static std::vector<graft::LossPort> ports(const graft::Options&) {
        return {{"first", {graft::space::values}}, {"second", {graft::space::values}}};
    }
    ToyPairLoss(const graft::Options&, const graft::LossContext&)
        : balance_(register_parameter("balance", at::zeros({2}))) {}

    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        at::Tensor loss = at::zeros({outputs[0].size(0)}, outputs[0].options());
        at::Tensor weight = loss;
        for (std::int64_t port = 0; port < 2; ++port) {
            const graft::Column& target = targets[port];
            graft::require_same_shape(outputs[port], target.values, "toy_pair");
            const at::Tensor present = target.present.to(at::kFloat);
            const at::Tensor error = (outputs[port] - target.values).square().flatten(1).mean(1);
            loss = loss + present * (error * at::exp(-balance_[port]) + balance_[port]);
            weight = at::maximum(weight, present);
        }
        return {loss, weight};
    }

private:
    at::Tensor balance_;
};

GRAFT_LOSS(ToyPairLoss, "toy_pair", "1.0.0", "Squared errors of two outputs, balanced by what it learns")
GRAFT_PLUGIN("graft toys", "BSD-3-Clause", "")
