// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "model/model.hpp"

namespace torch::jit {
struct Module;
}  // namespace torch::jit

namespace graft::exporting {

/// Texts inside an exported file: "preprocessing" and "outputs" hold JSON, "producer" and "backbone" names,
/// "input" (of a network) a description.
using Metadata = std::map<std::string, std::string>;

struct NetworkOptions {
    bool fold = false;  ///< BatchNorm into the convolution before it; parameters lose their names
    bool raw = false;   ///< the heads' own outputs (logits) instead of predictions in natural units
};

struct NetworkOutput {
    /// HEAD, or HEAD.TARGET (raw: HEAD.OUTPUT) where it has several or is called "image".
    std::string name;
    std::vector<std::int64_t> shape;  ///< without the batch dimension
};

/// A model as one graph that was traced in eval mode. Its method `forward` takes `image`, float
/// [N, 3, height, width], RGB in 0..1, normalises it, and returns the outputs: a tensor where there is one,
/// a tuple where there are several. Parameters have the model's paths.
struct Network {
    std::shared_ptr<torch::jit::Module> module;  ///< its method `forward`
    std::int64_t height = 224;
    std::int64_t width = 224;
    std::vector<NetworkOutput> outputs;
    Metadata metadata;
};

/// What the model says of uint8 [N, height, width, 3], by the way that training and prediction take: the
/// tensors that a network's outputs must equal, in their order. The model must be on the CPU in eval mode.
std::vector<at::Tensor> reference(const model::Model& model, const at::Tensor& images,
                                  const NetworkOptions& options);

/// Traces the model, which stays as it is and must be on the CPU in eval mode. One thread per model. Throws
/// Failure(plugin) where a part cannot be traced.
Network trace(const model::Model& model, const NetworkOptions& options);

/// What every exported file of the model says of itself.
Metadata metadata_of(const model::Model& model, const NetworkOptions& options);

}  // namespace graft::exporting
