// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
// Numbers through one sigmoid a step of three years, and a head and loss that agree on a space of their own.
#include <ATen/ATen.h>
#include <torch/nn/modules/linear.h>

#include "graft/plugin.hpp"

namespace {

constexpr double width = 3;  // years a step
constexpr std::int64_t steps = 40;

class ToyAges : public graft::Head {
public:
    static graft::HeadPorts ports(const graft::Options&, const std::vector<graft::TargetKind>&) {
        return {{{graft::Layout::vector}},
                {{"target", {graft::TargetKind::scalar}}},
                {{"above", graft::space::binary_logits, "bce"}}};
    }
    ToyAges(const graft::Options&, const graft::HeadContext& context)
        : linear_(register_module("linear", torch::nn::Linear(context.inputs[0].layout.channels, steps))) {}

    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        return {linear_->forward(features[0])};
    }
    /// [N] years to [N, steps]: above 0, above 3, above 6, ...
    std::vector<graft::Column> encode(const std::vector<graft::Column>& targets) const override {
        const at::Tensor& years = targets[0].values;
        const at::Tensor edges = at::arange(steps, years.options()) * width;
        return {{years.unsqueeze(1).gt(edges).to(at::kFloat), targets[0].present}};
    }
    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override {
        return {at::sigmoid(outputs[0]).sum(1) * width - width / 2};
    }

private:
    torch::nn::Linear linear_;
};

/// The logarithm of a number, so that errors count by their share.
class ToyLogarithm : public graft::Head {
public:
    static graft::HeadPorts ports(const graft::Options&, const std::vector<graft::TargetKind>&) {
        return {{{graft::Layout::vector}},
                {{"target", {graft::TargetKind::scalar}}},
                {{"logarithm", "toy_logarithms", "toy_logarithm_loss"}}};
    }
    ToyLogarithm(const graft::Options&, const graft::HeadContext& context)
        : linear_(register_module("linear", torch::nn::Linear(context.inputs[0].layout.channels, 1))) {}

    std::vector<at::Tensor> forward(const std::vector<at::Tensor>& features) override {
        return {linear_->forward(features[0]).squeeze(1)};
    }
    std::vector<graft::Column> encode(const std::vector<graft::Column>& targets) const override {
        return {{targets[0].values.clamp_min(0.1).log(), targets[0].present}};
    }
    std::vector<at::Tensor> decode(const std::vector<at::Tensor>& outputs) const override {
        return {outputs[0].exp()};
    }

private:
    torch::nn::Linear linear_;
};

class ToyLogarithmLoss : public graft::Loss {
public:
    static std::vector<graft::LossPort> ports(const graft::Options&) {
        return {{"logarithm", {"toy_logarithms"}}};
    }
    ToyLogarithmLoss(const graft::Options&, const graft::LossContext&) {}

    graft::LossValue forward(const std::vector<at::Tensor>& outputs,
                             const std::vector<graft::Column>& targets) override {
        graft::require_same_shape(outputs[0], targets[0].values, "toy_logarithm_loss");
        return {(outputs[0] - targets[0].values).square(), targets[0].present.to(at::kFloat)};
    }
};

}  // namespace

GRAFT_HEAD(ToyAges, "toy_ages", "1.0.0", "A number through one sigmoid a step")
GRAFT_HEAD(ToyLogarithm, "toy_logarithm", "1.0.0", "A number by its logarithm")
GRAFT_LOSS(ToyLogarithmLoss, "toy_logarithm_loss", "1.0.0", "The squared distance of logarithms")
GRAFT_PLUGIN("graft toys", "BSD-3-Clause", "")
