// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "run_plan.hpp"

namespace graft::app {

/// Finds the jobs that others name, and gives each job their numbers. What names none, several where one is
/// meant, or itself in a circle, is a problem of that job.
void resolve_needs(std::vector<Planned>& planned);

}  // namespace graft::app
