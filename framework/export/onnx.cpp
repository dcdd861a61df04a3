// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/ATen.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/passes/lower_tuples.h>

#include "export/files.hpp"
#include "export/lowering.hpp"

namespace graft::exporting {

std::string to_onnx(const Network& network) {
    const at::NoGradGuard no_gradients;
    const auto graph = network.module.get_method("forward").graph()->copy();
    torch::jit::Inline(*graph);
    torch::jit::LowerAllTuples(graph);
    torch::jit::EliminateDeadCode(graph);
    OnnxFile file;
    file.add_input("image", {3, network.height, network.width});
    Lowering lowering(file);
    lowering.bind(graph->inputs().at(0), network.module._ivalue(), "", false);
    lowering.bind(graph->inputs().at(1), at::rand({2, 3, network.height, network.width}), "image", true);
    lowering.run(*graph->block());
    for (std::size_t index = 0; index < network.outputs.size(); ++index) {
        const NetworkOutput& output = network.outputs[index];
        file.add_node("Identity", {lowering.name_of(graph->outputs().at(index))}, {output.name}, {});
        file.add_output(output.name, output.shape);
    }
    return file.bytes(network.metadata);
}

}  // namespace graft::exporting
