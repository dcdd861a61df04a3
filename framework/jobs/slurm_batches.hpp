// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <vector>

#include "jobs/job.hpp"

namespace graft::jobs::slurm {

/// The jobs that are wanted (by their index), divided into such as one sbatch can submit: of one sweep, with
/// the same needs and the same demands. Each part stands behind those that it needs.
std::vector<std::vector<std::size_t>> divided(const std::vector<Job>& queue,
                                              const std::vector<bool>& is_wanted);

/// Whether it asks for a GPU.
bool wants_gpu(const Job& job);

}  // namespace graft::jobs::slurm
