// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "console.hpp"
#include "jobs/job.hpp"

namespace graft::app {

/// Runs the jobs of `graft run`, so many at once, or as the machine allows; tells on the way what they do and
/// at the end what they gave, with `profile` also where the time of each went. The exit code, which is that
/// of the worst end.
int run_queue(std::vector<jobs::Job> queue, std::optional<std::size_t> at_once, bool profile,
              const Console& console);

}  // namespace graft::app
