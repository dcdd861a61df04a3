// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/linear_output.hpp"

#include <map>

#include <ATen/ATen.h>

namespace graft::train {
namespace {

/// Features of three samples, the same in every call.
at::Tensor tried_features(const FeatureShape& shape, const at::Device& device) {
    constexpr std::int64_t samples = 3;
    const std::int64_t channels = shape.layout.channels;
    std::vector<std::int64_t> sizes{samples, channels};
    if (shape.layout.layout == Layout::map) {
        sizes.insert(sizes.end(), {shape.height, shape.width});
    } else if (shape.layout.layout == Layout::tokens) {
        sizes = {samples, shape.layout.prefix_tokens + shape.height * shape.width, channels};
    }
    const std::int64_t numbers = c10::multiply_integers(sizes);
    return (at::arange(numbers, at::kDouble) * 2.4).sin().to(at::kFloat).view(sizes).to(device);
}

}  // namespace

void LinearOutput::take(const solve::Linear& layer) const {
    const at::NoGradGuard no_gradients;
    at::Tensor to_weight = weight;
    at::Tensor to_bias = bias;
    to_weight.copy_(layer.weight);
    to_bias.copy_(layer.bias);
}

std::optional<LinearOutput> linear_output(const model::Model& model, std::size_t head, std::size_t output) {
    const at::NoGradGuard no_gradients;
    const model::HeadPart& part = model.heads().at(head);
    const auto parameters = part.head.module().named_parameters();
    if (part.context.inputs.size() != 1 || parameters.is_empty()) {
        return std::nullopt;
    }
    const at::Tensor features =
        tried_features(part.context.inputs.front(), parameters.begin()->value().device());
    const at::Tensor flat = part.head.basis(features);
    if (!flat.defined()) {
        return std::nullopt;
    }
    const at::Tensor made = part.head.forward({features}).at(output).reshape({features.size(0), -1});
    constexpr const char* ending = "weight";
    for (const auto& parameter : parameters) {
        const std::string& path = parameter.key();
        if (!path.ends_with(ending)) {
            continue;
        }
        const std::string module = path.substr(0, path.size() - std::string(ending).size());
        const at::Tensor& weight = parameter.value();
        const at::Tensor* bias = parameters.find(module + "bias");
        if (bias == nullptr || weight.dim() != 2 || weight.size(1) != flat.size(1) ||
            weight.size(0) != made.size(1) || bias->numel() != made.size(1)) {
            continue;
        }
        if (at::allclose(made, at::addmm(*bias, flat, weight.t()), 1e-4, 1e-5)) {
            const std::string prefix = "heads." + part.name + "." + module;
            return LinearOutput{prefix + ending, prefix + "bias", weight, *bias};
        }
    }
    return std::nullopt;
}

}  // namespace graft::train
