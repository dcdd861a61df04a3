// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

// Beside torch/nn/module.h of this folder: what all layers of torch::nn include names operators' schemas, which it gets from
// IValue's functions.
#pragma once
#pragma GCC system_header

namespace c10 {
struct FunctionSchema;
}
#include_next <ATen/record_function.h>
