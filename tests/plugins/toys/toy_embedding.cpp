// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
// A head without decode, whose output is predicted as a vector, and a loss that pulls samples of one class
// together and apart from all others of the batch (Khosla et al. 2020).
#include <ATen/ATen.h>
#include <torch/nn/modules/linear.h>

#include "graft/plugin.hpp"

class ToyEmbedding : public graft::Head {
public:
    static graft::OptionTable options() {
        return {graft::option::integer("length", 8, "numbers of the vector").between(1, 4096)};
    }
    static graft::HeadPorts ports(const graft::Options&, const std::vector<graft::TargetKind>&) {
        graft::HeadPorts ports{{{graft::Layout::vector}},
                               {{"same", {graft::TargetKind::category}}},
                               {{"vector", graft::space::embedding, "toy_contrastive"}}};
        ports.decodes = false;
        return ports;
    }
    ToyEmbedding(const graft::Options& options, const graft::HeadContext& context)
        : linear_(register_module(
              "linear", torch::nn::Linear(context.inputs[0].layout.channels, options.integer("length")))) {}

    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        const at::Tensor raw = linear_->forward(features[0]);
        return {raw / raw.norm(2, {1}, true).clamp_min(1e-6)};
    }
    std::vector<graft::Column> encode(const std::vector<graft::Column>& targets) const override {
        return targets;
    }

private:
    torch::nn::Linear linear_;
};

class ToyContrastive : public graft::Loss {
public:
    static std::vector<graft::LossPort> ports(const graft::Options&) {
        return {{"vector", {graft::space::embedding}}};
    }
    static bool couples_samples(const graft::Options&) { return true; }
    ToyContrastive(const graft::Options&, const graft::LossContext&) {}

    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        const at::Tensor& label = targets[0].values;
        graft::require_same_shape(label, outputs[0].select(1, 0), "toy_contrastive");
        const at::Tensor known = targets[0].present;
        const at::Tensor self = at::eye(label.size(0), at::TensorOptions(at::kBool).device(label.device()));
        const at::Tensor others = known.unsqueeze(0).logical_and(self.logical_not());
        const at::Tensor alike = at::matmul(outputs[0], outputs[0].t()) / 0.2;
        const at::Tensor chance = at::log_softmax(alike.masked_fill(others.logical_not(), -1e4), 1);
        const at::Tensor same =
            label.unsqueeze(0).eq(label.unsqueeze(1)).logical_and(others).to(alike.scalar_type());
        const at::Tensor weight = known.logical_and(known.sum().gt(1)).to(alike.scalar_type());
        return {-(same * chance).sum(1) / same.sum(1).clamp_min(1), weight};
    }
};

GRAFT_HEAD(ToyEmbedding, "toy_embedding", "1.0.0", "A vector of length one for each picture")
GRAFT_LOSS(ToyContrastive, "toy_contrastive", "1.0.0", "Supervised contrastive loss over a batch")
GRAFT_PLUGIN("graft toys", "BSD-3-Clause", "")
