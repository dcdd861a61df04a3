// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

// Beside torch/nn/module.h of this folder. No `#pragma once`: the names may come first and the whole later.
#pragma GCC system_header

#ifdef GRAFT_TENSORS_ALONE
namespace torch::serialize {
class InputArchive;
class OutputArchive;
}  // namespace torch::serialize
#else
#include_next <torch/serialize/archive.h>
#endif
