// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "export/network.hpp"

#include <array>
#include <memory>
#include <utility>

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/passes/freeze_module.h>
#include <torch/csrc/jit/passes/frozen_conv_folding.h>

#include "model/trace.hpp"

namespace graft::exporting {
namespace {

using torch::jit::Module;

constexpr std::int64_t traced_batch = 2;

/// Heads on a normalised input.
std::vector<at::Tensor> outputs_of(const model::Model& model, const at::Tensor& input,
                                   const NetworkOptions& options) {
    const auto outputs = model.forward(input);
    std::vector<at::Tensor> all;
    for (std::size_t index = 0; index < model.heads().size(); ++index) {
        const auto made = options.raw ? outputs[index] : model.heads()[index].head.decode(outputs[index]);
        all.insert(all.end(), made.begin(), made.end());
    }
    return all;
}

at::Tensor channels(const std::array<double, 3>& values) {
    return at::tensor({values[0], values[1], values[2]}, at::kFloat);
}

/// (image - mean) / std as a batch norm: OpenCV 4.6 subtracts a constant of three channels wrongly.
at::Tensor normalized(const at::Tensor& image, const at::Tensor& mean, const at::Tensor& variance) {
    return at::batch_norm(image, {}, {}, mean, variance, /*training=*/false, 0, /*eps=*/0, false);
}

Module folded(const Module& module) {
    Module frozen = torch::jit::freeze_module(module);
    auto graph = frozen.get_method("forward").graph();
    torch::jit::FoldFrozenConvBatchnorm(graph);
    return frozen;
}

/// HEAD, or HEAD.PORT where it has several, and where HEAD alone is the name of the network's input.
std::vector<std::string> names_of(const model::HeadPart& head, bool raw) {
    std::vector<std::string> names;
    const auto add = [&](const auto& ports) {
        for (const auto& port : ports) {
            const bool is_plain = ports.size() == 1 && head.name != "image";
            names.push_back(is_plain ? head.name : head.name + "." + port.name);
        }
    };
    if (raw) {
        add(head.ports.outputs);
    } else {
        add(head.predictions);
    }
    return names;
}

}  // namespace

std::vector<at::Tensor> reference(const model::Model& model, const at::Tensor& images,
                                  const NetworkOptions& options) {
    const at::NoGradGuard no_gradients;
    return outputs_of(model, model.normalized(images, at::kCPU), options);
}

Network trace(const model::Model& model, const NetworkOptions& options) {
    const at::NoGradGuard no_gradients;
    Network network;
    network.height = model.preprocess().height;
    network.width = model.preprocess().width;
    network.metadata = metadata_of(model, options);
    network.metadata["input"] = "image: float32 [N, 3, height, width], RGB, 0..1; normalised inside";
    std::vector<model::NamedTensor> tensors = model.tensors();
    std::erase_if(tensors, [](const model::NamedTensor& named) { return named.path.starts_with("losses."); });
    const at::Tensor mean = channels(model.preprocess().normalization.mean);
    const at::Tensor variance = channels(model.preprocess().normalization.std).square();
    tensors.push_back({"normalization.mean", mean, "", true});
    tensors.push_back({"normalization.variance", variance, "", true});
    const torch::jit::Module traced =
        model::trace({std::move(tensors), at::rand({traced_batch, 3, network.height, network.width}), "image",
                      [&](const at::Tensor& image) {
                          return outputs_of(model, normalized(image, mean, variance), options);
                      }});
    network.module = std::make_shared<torch::jit::Module>(options.fold ? folded(traced) : traced);
    const auto examples =
        reference(model, at::zeros({1, network.height, network.width, 3}, at::kByte), options);
    for (const model::HeadPart& head : model.heads()) {
        for (const std::string& name : names_of(head, options.raw)) {
            network.outputs.push_back({name, examples[network.outputs.size()].sizes().slice(1).vec()});
        }
    }
    return network;
}

}  // namespace graft::exporting
