// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

namespace graft::model {

/// What a stage is, to run it twice.
struct Recomputed {
    std::function<at::Tensor(const at::Tensor&)> forward;
    std::vector<at::Tensor> parameters;  ///< whose gradients are wanted; at least one, or the input's is
    std::vector<at::Tensor> buffers;     ///< which a forward pass in training mode changes
};

/// The stage's output. Of its forward pass only the input is kept: the backward pass runs the stage again,
/// with the same random numbers, and leaves the buffers as the first run left them. Gradients are those of
/// the stage run once (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost"). Host thread only;
/// throws what the stage does, also out of the backward pass.
at::Tensor recomputed(const Recomputed& stage, const at::Tensor& input);

}  // namespace graft::model
