// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <c10/core/Device.h>

namespace graft::train {

/// Sets what LibTorch keeps once a process: whether operators must give the same bits every time, and whether
/// cuDNN may try which algorithm is fastest. Call it before there are other threads and before the device is
/// first used: it may set an environment variable, which cuBLAS reads when its first handle is made.
void prepare_backend(const at::Device& device, bool deterministic);

}  // namespace graft::train
