// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/fused_graph.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/frozen_conv_folding.h>
#include <torch/csrc/jit/runtime/interpreter.h>

#include "model/fuse_convolutions.hpp"

namespace graft::model {
namespace {

/// Weights keep their layout in memory.
void turn_constants(torch::jit::Graph& graph, at::ScalarType type) {
    for (torch::jit::Node* node : graph.nodes()) {
        if (node->kind() == c10::prim::Constant && node->hasAttribute(c10::attr::value) &&
            node->kindOf(c10::attr::value) == torch::jit::AttributeKind::t &&
            node->t(c10::attr::value).scalar_type() == at::kFloat) {
            node->t_(c10::attr::value, node->t(c10::attr::value).to(type));
        }
    }
}

}  // namespace

FusedGraph::FusedGraph(const TraceRequest& request, at::ScalarType type) {
    const at::NoGradGuard no_gradients;
    auto graph = trace_graph(request);
    torch::jit::ConstantPropagation(graph);
    torch::jit::FoldFrozenConvBatchnorm(graph);
    if (type != at::kFloat) {
        turn_constants(*graph, type);
    }
    fuse_convolutions(*graph);
    torch::jit::EliminateDeadCode(graph);
    code_ = std::make_shared<torch::jit::Code>(graph, "fused");
}

/// The interpreter itself: an executor around it would run the first passes slowly, to profile them.
std::vector<at::Tensor> FusedGraph::run(const at::Tensor& input) const {
    const at::NoGradGuard no_gradients;
    torch::jit::Stack stack{input};
    torch::jit::InterpreterState(*code_).run(stack);
    return tensors_in(stack.front());
}

std::vector<std::string> FusedGraph::operators() const {
    std::vector<std::string> names;
    for (const torch::jit::Node* node : code_->graph()->nodes()) {
        if (!node->kind().is_prim()) {
            names.emplace_back(node->kind().toQualString());
        }
    }
    return names;
}

}  // namespace graft::model
