// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/event.hpp"

namespace graft::jobs {

/// A process that works on a GPU, whoever started it.
struct GpuProcess {
    std::int64_t pid = 0;      ///< as the driver counts: another number inside a container
    std::uint64_t memory = 0;  ///< bytes; 0 where the driver does not say
};

/// A GPU, or a MIG slice of one.
struct Gpu {
    std::string id;            ///< the driver's: "GPU-.." or "MIG-.."
    std::string name;          ///< of the model
    std::uint64_t memory = 0;  ///< bytes in all
    std::uint64_t used = 0;    ///< bytes taken, by whomever
    int busy = 0;              ///< percent of the last second or so in which it computed
    bool is_slice = false;
    bool is_exclusive = false;  ///< takes one process at a time (compute mode)
    std::vector<GpuProcess> processes;
};

/// What this process may use.
struct Machine {
    std::size_t cores = 1;     ///< of the CPU: those it may run on, within the quota of its control groups
    std::uint64_t memory = 0;  ///< bytes of the whole machine
    std::uint64_t free_memory = 0;  ///< bytes; see core::free_memory
    std::vector<Gpu> gpus;          ///< that are visible, in that order: the first is cuda:0
    std::string problem;            ///< why GPUs could not be read; empty: nothing is wrong
};

/// Looks now. GPUs are those that CUDA_VISIBLE_DEVICES leaves. For tests of this program alone the
/// environment may name another library than the driver's (GRAFT_NVML), or a file with a whole machine
/// (GRAFT_MACHINE). Throws Failure(data) for a bad file. Host thread only.
Machine this_machine();

/// As `to_json` writes it; a key that is absent keeps its default. Throws Failure(data), naming the key, for
/// unknown keys and other types.
Machine machine_from_json(const core::Json& json);
core::Json to_json(const Machine& machine);

/// Those that a value of CUDA_VISIBLE_DEVICES leaves, in its order: numbers and the beginnings of ids. As
/// with CUDA, what follows an entry that means none is not visible either.
std::vector<Gpu> visible_gpus(const std::vector<Gpu>& gpus, const std::string& value);

/// How many cores a quota of control groups (versions 1 and 2) leaves; nothing where there is none. `root`:
/// where /proc and /sys are looked for.
std::optional<double> core_quota(const std::string& root = "/");

}  // namespace graft::jobs
