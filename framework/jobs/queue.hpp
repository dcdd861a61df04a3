// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "jobs/job.hpp"
#include "jobs/worker.hpp"

namespace graft::jobs {

/// A place where one job at a time can work.
struct Device {
    std::string name;
};

/// The places of this machine. The light side sees one, on which the engine chooses its device by the
/// pipeline's `train.device`.
std::vector<Device> devices();

/// Starts a job and returns when it has ended.
using Runner = std::function<Outcome(const Job&)>;

/// Runs the jobs in their order, one a device at a time. A job that fails stops no other; a wish to stop
/// leaves those not begun out. One outcome for each job that was begun.
std::vector<Outcome> run_all(const std::vector<Job>& queue, const std::vector<Device>& devices,
                             const Runner& runner);

/// The exit code of a command with several jobs: that of the worst end. Worst to least: a fault of ours,
/// the system, training, data, a plugin, the pipeline, interrupted, done; killed by a signal beats all.
int worst_exit_code(const std::vector<int>& codes);

}  // namespace graft::jobs
