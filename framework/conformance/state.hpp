// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Parameters and buffers of a module, as cases compare them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

namespace graft::conformance {

/// Tensors by name.
using State = std::vector<std::pair<std::string, at::Tensor>>;

/// Throws unless both modules hold the same names, shapes and values.
void require_same_state(const torch::nn::Module& left, const torch::nn::Module& right,
                        const std::string& remedy = "");

/// Copies parameters and buffers by name; shapes may differ.
void copy_state(const torch::nn::Module& from, const torch::nn::Module& into);

/// Turns gradients off for all parameters.
void without_gradients(const torch::nn::Module& module);

/// Copies of all parameters and buffers by name.
State state_of(const torch::nn::Module& module);

/// Throws where a tensor of the module has come, gone or changed its shape since `before`; with `values`
/// also where one has another value.
void require_state_kept(const torch::nn::Module& module, const State& before, bool values,
                        const std::string& after_what);

}  // namespace graft::conformance
