// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
// A head whose targets need encoding: class 2 of 4 becomes "above 0, above 1, not above 2".
#include <ATen/ATen.h>
#include <torch/nn/modules/linear.h>

#include "graft/plugin.hpp"

class ToyOrdinal : public graft::Head {
public:
    static graft::HeadPorts ports(const graft::Options&, const std::vector<graft::TargetKind>&) {
        return {{{graft::Layout::vector}},
                {{"target", {graft::TargetKind::category}}},
                {{"above", graft::space::binary_logits, "bce"}}};
    }
    ToyOrdinal(const graft::Options&, const graft::HeadContext& context)
        : steps_(static_cast<std::int64_t>(context.targets[0].classes.size()) - 1),
          linear_(register_module("linear", torch::nn::Linear(context.inputs[0].layout.channels, steps_))) {}

    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        return {linear_->forward(features[0])};
    }
    std::vector<graft::Column> encode(const std::vector<graft::Column>& targets) const override {
        const at::Tensor& index = targets[0].values;
        const at::Tensor above = index.unsqueeze(1).gt(at::arange(steps_, index.options()));
        return {{above.to(at::kFloat), targets[0].present}};
    }
    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override {
        const at::Tensor above = std::get<0>(at::cummin(at::sigmoid(outputs[0]), 1));
        const at::Tensor edge = at::ones({above.size(0), 1}, above.options());
        return {at::cat({edge, above}, 1) - at::cat({above, at::zeros_like(edge)}, 1)};
    }

private:
    std::int64_t steps_;
    torch::nn::Linear linear_;
};

GRAFT_HEAD(ToyOrdinal, "toy_ordinal", "1.0.0", "Ordered classes through one sigmoid a step")
GRAFT_PLUGIN("graft toys", "BSD-3-Clause", "")
