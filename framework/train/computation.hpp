// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <c10/core/Device.h>

#include "model/model.hpp"
#include "pipeline/pipeline.hpp"

namespace graft::train {

/// Sets what LibTorch keeps once a process: whether operators must give the same bits every time, whether
/// cuDNN may try which algorithm is fastest, and whether a GPU multiplies in TF32. Call it before there are
/// other threads and before the device is first used: it may set an environment variable, which cuBLAS reads
/// when its first handle is made. Throws as `check_precision`.
void prepare_computation(const at::Device& device, const pipeline::Train& train);

/// Throws Failure(pipeline) for TF32 on a CPU.
void check_precision(const at::Device& device, const pipeline::Train& train);

/// Has the model compute in the type that `train.precision` names.
void set_precision(model::Model& model, const pipeline::Train& train);

/// What a person should know of this precision on this device; empty: nothing.
std::string precision_note(const at::Device& device, const pipeline::Train& train);

}  // namespace graft::train
