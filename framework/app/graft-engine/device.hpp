// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <c10/core/Device.h>

namespace graft::engine {

/// The device that `train.device` asks for: auto (the first GPU, else the CPU), cpu, cuda, cuda:N.
/// One build serves both: libtorch_cuda is loaded here, before the first question about CUDA, where it
/// and a driver are there. Throws Failure(pipeline) when a GPU is asked for and none can be used.
at::Device choose_device(const std::string& wanted);

}  // namespace graft::engine
