// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <torch/nn/module.h>

namespace graft::conformance {

/// Throws unless every trainable tensor that the outputs depend on is a parameter of the module, and a
/// backward pass from a random sum of them gives every parameter a gradient.
void require_gradients(const torch::nn::Module& module, const std::vector<at::Tensor>& outputs);

/// Throws unless the gradients that a backward pass gives are those that finite differences give, along
/// random directions of each input and of the module's parameters. `function` gives float tensors for the
/// same numbers every time.
void require_jacobian(const torch::nn::Module& module, const std::vector<at::Tensor>& inputs,
                      const std::function<std::vector<at::Tensor>(const std::vector<at::Tensor>&)>& function);

}  // namespace graft::conformance
