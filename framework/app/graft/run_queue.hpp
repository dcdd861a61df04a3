// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "console.hpp"
#include "jobs/devices.hpp"
#include "jobs/job.hpp"

namespace graft::app {

/// Runs the jobs of `graft run` on the devices that there are; tells on the way what they do and at the end
/// what they gave, with `profile` also where the time of each went. The exit code, which is that of the worst
/// end.
int run_queue(const std::vector<jobs::Job>& queue, const jobs::QueueOptions& options, bool profile,
              const Console& console);

}  // namespace graft::app
