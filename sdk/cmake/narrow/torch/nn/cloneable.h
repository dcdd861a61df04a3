// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

// Beside torch/nn/module.h of this folder: what all layers of torch::nn include, without the profiler of LibTorch.
#pragma once
#pragma GCC system_header

#pragma push_macro("GRAFT_TENSORS_ALONE")
#define GRAFT_TENSORS_ALONE
#include_next <torch/nn/cloneable.h>
#pragma pop_macro("GRAFT_TENSORS_ALONE")
