// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
// A head that reads two stages: the finer map, shrunk to the coarser one's grid, beside it.
#include <ATen/ATen.h>
#include <torch/nn/modules/linear.h>

#include "graft/plugin.hpp"

class ToyTwoMaps : public graft::Head {
public:
    static graft::HeadPorts ports(const graft::Options&, const std::vector<graft::TargetKind>&) {
        return {{{graft::Layout::map, 1}, {graft::Layout::map, 1}},
                {{"target", {graft::TargetKind::category}}},
                {{"logits", graft::space::class_logits, "cross_entropy"}}};
    }
    ToyTwoMaps(const graft::Options&, const graft::HeadContext& context)
        : linear_(register_module("linear", torch::nn::Linear(context.inputs[0].layout.channels +
                                                                  context.inputs[1].layout.channels,
                                                              context.targets[0].classes.size()))) {}

    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        return {linear_->forward(at::cat({features[0].mean({2, 3}), features[1].amax({2, 3})}, 1))};
    }
    std::vector<graft::Column> encode(const std::vector<graft::Column>& targets) const override {
        return targets;
    }
    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override {
        return {at::softmax(outputs[0], 1)};
    }

private:
    torch::nn::Linear linear_;
};

GRAFT_HEAD(ToyTwoMaps, "toy_two_maps", "1.0.0", "Classes from the mean of one map and the peak of another")
GRAFT_PLUGIN("graft toys", "BSD-3-Clause", "")
