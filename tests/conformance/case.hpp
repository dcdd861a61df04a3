// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// To add a case: append it in the `*_cases.cpp` of its kind. A case throws when it fails; its name says all
// that is needed to run it again: `graft-conformance PLUGIN.so --case NAME`.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "plugin/handles.hpp"

namespace graft::conformance {

/// A case that cannot be tried here, with the reason.
struct Skip : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Case {
    std::string name;
    std::function<void()> body;
};

using Cases = std::vector<Case>;

/// What the cases of a component start from: its options, from the table, its example and `--set`.
struct Subject {
    plugin::ComponentHandle component;
    Options options;
};

void add_option_cases(Cases& cases, const Subject& subject);
void add_backbone_cases(Cases& cases, const Subject& subject);
void add_head_cases(Cases& cases, const Subject& subject);
void add_loss_cases(Cases& cases, const Subject& subject);
void add_dataset_cases(Cases& cases, const Subject& subject);

/// Throws with the message unless the condition holds.
inline void require(bool condition, const std::string& message) {
    if (!condition) {
        throw std::runtime_error(message);
    }
}

/// "[2, 64, 8, 8]".
std::string shape_text(const at::Tensor& tensor);

/// Throws unless shape, type and every value agree to the tolerance (0: bit by bit).
void require_equal(const at::Tensor& got, const at::Tensor& wanted, double tolerance,
                   const std::string& what);

/// Throws unless the tensor is float and finite.
void require_float(const at::Tensor& tensor, const std::string& what);

using Function = std::function<std::vector<at::Tensor>(const std::vector<at::Tensor>&)>;

/// Traces the function on `example` and throws unless the trace agrees with it on `other` (of another batch
/// size). Parameters must not require gradients.
void require_traceable(const Function& function, const std::vector<at::Tensor>& example,
                       const std::vector<at::Tensor>& other);

/// Throws unless a backward pass from the outputs' sum gives every trainable parameter a gradient.
void require_gradients(const torch::nn::Module& module, const std::vector<at::Tensor>& outputs);

/// Throws unless both modules hold the same names, shapes and values.
void require_same_state(const torch::nn::Module& left, const torch::nn::Module& right);

/// Copies parameters and buffers by name.
void copy_state(const torch::nn::Module& from, const torch::nn::Module& into);

/// Turns gradients off for all parameters.
void without_gradients(const torch::nn::Module& module);

}  // namespace graft::conformance
