// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>

#include <ATen/ATen.h>
#include <torch/nn/modules/conv.h>

#include "graft/plugin.hpp"
#include "mischief.hpp"

namespace {

/// Two convolutions and a mean; the second stage is the one that misbehaves.
class HostileBackbone : public graft::Backbone {
public:
    static graft::OptionTable options() { return hostile::Mischief::options(); }

    /// "shape": a side that no picture has.
    static graft::BackboneInput input(const graft::Options& options) {
        const std::string wrong = hostile::Mischief("backbone", options).enter("input");
        return {wrong == "shape" ? -32 : 32, 8, 1, {}};
    }

    /// Has no options to go by: the environment says what it does.
    static std::vector<graft::WeightEntry> weights() {
        const char* how = std::getenv("HOSTILE_WEIGHTS");
        hostile::act(how == nullptr ? "" : how);
        return {};
    }

    HostileBackbone(const graft::Options& options, const graft::BackboneContext&)
        : mischief_("backbone", options) {
        mischief_.enter("create");
        auto stem = register_module("stem", conv(3, 8));
        auto body = register_module("body", conv(8, 16));
        add_stage("stem", {"stem"}, graft::map_feature(8, 2),
                  [=](const at::Tensor& image) mutable { return at::relu(stem->forward(image)); });
        add_stage("body", {"body"}, graft::map_feature(16, 4),
                  [this, body](const at::Tensor& feature) mutable {
                      const std::string wrong = mischief_.enter("forward");
                      return hostile::spoiled(wrong, at::relu(body->forward(feature)));
                  });
    }

    at::Tensor pool(const at::Tensor& feature, const graft::FeatureLayout&) override {
        const std::string wrong = mischief_.enter("pool");
        return hostile::spoiled(wrong, feature.mean({2, 3}));
    }

private:
    static torch::nn::Conv2d conv(std::int64_t from, std::int64_t to) {
        return torch::nn::Conv2d(torch::nn::Conv2dOptions(from, to, 3).stride(2).padding(1));
    }

    hostile::Mischief mischief_;
};

}  // namespace

GRAFT_BACKBONE(HostileBackbone, "hostile_backbone", "1.0.0", "Two convolutions that may misbehave")
