// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace torch::jit {
struct Graph;
}

namespace graft::model {

/// Rewrites a graph of trace_graph for oneDNN, the library behind LibTorch's convolutions on a CPU: each
/// takes the activation behind it, or an addition and its ReLU, into its own pass over memory, and has its
/// weights in the order in which they are read. Anything else stays as it is. The values' types must hold the
/// shapes of the trace; the graph must change nothing in place.
void fuse_convolutions(torch::jit::Graph& graph);

}  // namespace graft::model
