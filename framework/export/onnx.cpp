// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <memory>

#include <ATen/ATen.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/passes/lower_tuples.h>

#include "export/files.hpp"
#include "export/lowering.hpp"

namespace graft::exporting {
namespace {

constexpr std::int64_t batch = 2;        // of the example
constexpr std::int64_t other_batch = 3;  // what changes with it is a multiple of the batch

std::shared_ptr<torch::jit::Graph> graph_of(const Network& network) {
    auto graph = network.module->get_method("forward").graph()->copy();
    torch::jit::Inline(*graph);
    torch::jit::LowerAllTuples(graph);
    torch::jit::EliminateDeadCode(graph);
    return graph;
}

/// Writes nodes and outputs, and returns what flows between them at that batch.
Lowering::Values lower(const Network& network, std::int64_t samples, OnnxFile& file) {
    const auto graph = graph_of(network);
    Lowering lowering(file);
    lowering.bind(graph->inputs().at(0), network.module->_ivalue(), "", false);
    lowering.bind(graph->inputs().at(1), at::rand({samples, 3, network.height, network.width}), "image",
                  true);
    lowering.run(*graph->block());
    for (std::size_t index = 0; index < network.outputs.size(); ++index) {
        const NetworkOutput& output = network.outputs[index];
        file.add_node("Identity", {lowering.name_of(graph->outputs().at(index))}, {output.name}, {});
        file.add_output(output.name, output.shape);
    }
    return lowering.values();
}

/// The shape with its batch free; the other one is that of `other_batch`.
std::vector<std::int64_t> free_batch(std::vector<std::int64_t> shape,
                                     const std::vector<std::int64_t>& other) {
    for (std::size_t side = 0; side < shape.size(); ++side) {
        shape[side] = shape[side] == other[side] ? shape[side] : -(other[side] - shape[side]);
    }
    return shape;
}

}  // namespace

std::string to_onnx(const Network& network) {
    static_assert(other_batch - batch == 1, "so the difference of two sides is the batch's factor");
    const at::NoGradGuard no_gradients;
    Lowering::Values others;
    {
        OnnxFile discarded;
        others = lower(network, other_batch, discarded);
    }
    OnnxFile file;
    file.add_input("image", {3, network.height, network.width});
    for (const auto& [name, value] : lower(network, batch, file)) {
        file.add_value(name, value.first, free_batch(value.second, others.at(name).second));
    }
    return file.bytes(network.metadata);
}

}  // namespace graft::exporting
