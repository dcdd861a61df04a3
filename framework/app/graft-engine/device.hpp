// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

#include <c10/core/Device.h>

#include "jobs/resources.hpp"

namespace graft::engine {

/// The device of a job: what its resources name, otherwise `wanted`, which comes from the pipeline. auto is
/// the first GPU, else the CPU. Its memory is bounded by the resources' share from here on: the allocator's
/// part of a GPU, this process' data (RLIMIT_DATA) on the CPU. One build serves both: libtorch_cuda is loaded
/// here, before the first question about CUDA, where it and a driver are there. Called once. Throws
/// Failure(pipeline) when a GPU is asked for and none can be used.
at::Device take_device(const jobs::Resources& resources, const std::string& wanted);

/// The most bytes of a GPU that this process has had at a time, without what CUDA itself takes; 0 on the CPU.
std::uint64_t peak_memory(const at::Device& device);

/// Threads that fill batches: as many as `wanted` (0: one a core, at most 16), within the job's budget.
int loader_threads(const jobs::Resources& resources, std::int64_t wanted);

}  // namespace graft::engine
