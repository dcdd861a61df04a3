// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

// Beside torch/nn/module.h of this folder: what all layers of torch::nn include, without LibTorch's profiler, which they need
// nothing of.
#pragma once
#pragma GCC system_header

#define GRAFT_CLONEABLE_ALONE
#include_next <torch/nn/cloneable.h>
#undef GRAFT_CLONEABLE_ALONE
