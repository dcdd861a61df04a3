// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

// torch::nn::Module without the headers of its archives, which bring the whole of TorchScript, and without those that
// register operators: it names archives in declarations alone and needs no operators. A plugin's file compiles a third
// faster. What includes <torch/serialize/archive.h> or <torch/library.h> itself gets all of them.
#pragma once
#pragma GCC system_header

#define GRAFT_MODULE_ALONE
#include_next <torch/nn/module.h>
#undef GRAFT_MODULE_ALONE
