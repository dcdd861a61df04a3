// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
// A backbone of tokens: patches with positions that depend on the input's size, then blocks.
#include <ATen/ATen.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include "graft/plugin.hpp"

class ToyVit : public graft::Backbone {
public:
    static graft::OptionTable options() {
        return {graft::option::integer("depth", 2, "blocks").between(0, 12)};
    }
    static graft::BackboneInput input(const graft::Options&) { return {64, 16, 16, {}}; }

    ToyVit(const graft::Options& options, const graft::BackboneContext& context) {
        const std::int64_t width = 32;
        auto patch =
            register_module("patch", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, width, 16).stride(16)));
        auto class_token = register_parameter("class_token", at::zeros({1, 1, width}));
        auto position = register_parameter(
            "position", at::randn({1, 1 + context.height * context.width / 256, width}) * 0.02);
        const auto tokens = graft::token_feature(width, 16, 1);
        add_stage("patch", {"patch", "class_token", "position"}, tokens,
                  [=](const at::Tensor& image) mutable {
                      const at::Tensor patches = patch->forward(image).flatten(2).transpose(1, 2);
                      return at::cat({class_token.expand_as(patches.slice(1, 0, 1)), patches}, 1) + position;
                  });
        for (std::int64_t index = 1; index <= options.integer("depth"); ++index) {
            const std::string name = "blocks" + std::to_string(index);
            auto mix = register_module(name, torch::nn::Linear(width, width));
            add_stage(name, {name}, tokens, [=](const at::Tensor& feature) mutable {
                return feature + at::gelu(mix->forward(feature));
            });
        }
    }
};

GRAFT_BACKBONE(ToyVit, "toy_vit", "1.0.0", "Patches, a class token and blocks without attention")
GRAFT_PLUGIN("graft toys", "BSD-3-Clause", "")
