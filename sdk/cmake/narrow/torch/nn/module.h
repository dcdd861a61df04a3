// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

// torch::nn::Module without the headers of its archives, which bring the whole of TorchScript: it names them in
// declarations alone. A plugin's file compiles a fifth faster. What includes archives itself gets all of them.
#pragma once
#pragma GCC system_header

#define GRAFT_ARCHIVES_BY_NAME
#include_next <torch/nn/module.h>
#undef GRAFT_ARCHIVES_BY_NAME
