// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

// torch::nn::Module without what no file of a plugin needs: LibTorch reads TorchScript, its archives and its registration
// of operators, which Module names in declarations alone, for every file that includes it. A plugin's file compiles in
// two thirds of the time. The folder is searched before LibTorch; while GRAFT_TENSORS_ALONE is defined its headers leave
// theirs out. What includes one of those itself (<ATen/core/ivalue.h>, <torch/serialize/archive.h>, <torch/library.h>,
// ...) gets it whole.
#pragma once
#pragma GCC system_header

#pragma push_macro("GRAFT_TENSORS_ALONE")
#define GRAFT_TENSORS_ALONE
#include_next <torch/nn/module.h>
#pragma pop_macro("GRAFT_TENSORS_ALONE")
