// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "model/trace.hpp"

namespace torch::jit {
struct Code;
}

namespace graft::model {

/// A private copy of a function, made to be run often and never trained: BatchNorm lies in the weights of the
/// convolution before it, and on a CPU activations and additions lie in the convolution's own pass. Tensors
/// that were not folded are the live ones, so the copy must be dropped when a tensor changes. One thread.
class FusedGraph {
public:
    /// `type`: float, or what inputs, weights and outputs are turned to behind the folding. Throws
    /// Failure(plugin) where the function cannot be traced.
    explicit FusedGraph(const TraceRequest& request, at::ScalarType type = at::kFloat);

    /// For any batch size, of pictures of the example's size and device; without gradients.
    std::vector<at::Tensor> run(const at::Tensor& input) const;

    /// The operators that it runs ("aten::relu"), constants and lists left out.
    std::vector<std::string> operators() const;

private:
    std::shared_ptr<torch::jit::Code> code_;
};

}  // namespace graft::model
