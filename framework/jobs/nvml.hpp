// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "jobs/machine.hpp"

namespace graft::jobs {

/// What the driver's own library says.
struct GpusFound {
    std::vector<Gpu>
        gpus;             ///< in the order of the bus, as nvidia-smi counts; MIG slices in place of their GPU
    std::string problem;  ///< why some or all could not be read; empty: nothing is wrong
};

/// Asks NVML, which is opened at run time and stays open. A library that is not there means no GPUs; one that
/// fails is a problem. Never throws. Host thread only.
GpusFound gpus_of_driver(const std::filesystem::path& library);

}  // namespace graft::jobs
