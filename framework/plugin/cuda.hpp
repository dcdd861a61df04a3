// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace graft::plugin {

/// Loads LibTorch's CUDA part and the driver, where they are there, for good: one build serves machines with
/// and without a GPU. Call it before the first question about CUDA. Gives why there is no GPU to use, and
/// where LibTorch is the reason how to get another, of the kind that is used here; empty: there is.
std::string load_cuda();

}  // namespace graft::plugin
