// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/model.hpp"

namespace torch::jit {
struct Graph;
struct Module;
struct Node;
}  // namespace torch::jit

namespace graft::model {

/// What is traced: a function of one tensor that reads nothing but it, the named tensors and constants.
struct TraceRequest {
    std::vector<NamedTensor> tensors;  ///< become parameters and buffers by their paths
    at::Tensor input;                  ///< an example
    std::string input_name;
    std::function<std::vector<at::Tensor>(const at::Tensor& input)> function;
};

/// The function as one graph: the method `forward`, which returns a tensor where the function made one, a
/// tuple where it made several. The module's tensors are copies, contiguous and without gradients; the live
/// ones are left as they are. A part of a path that TorchScript keeps for itself ("training", "class") gets
/// an underscore behind it. Throws Failure(plugin) where a plugin's code cannot be traced. One thread per
/// model.
torch::jit::Module trace(const TraceRequest& request);

/// The same as a graph with one input, for this process alone: the tensors themselves, not copies, are
/// constants in it, without gradients. Throws as `trace`, and where the function reads a tensor's values to
/// decide what to do.
std::shared_ptr<torch::jit::Graph> trace_graph(const TraceRequest& request);

/// What such a graph gave: a tensor, or the elements of a tuple of them. Throws c10::Error for anything else.
std::vector<at::Tensor> tensors_in(const c10::IValue& result);

/// Whose method a traced node came from: "head 'ages' (age): decode"; empty where that is not known.
std::string call_of(const torch::jit::Node& node);

}  // namespace graft::model
