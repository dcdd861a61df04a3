// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "arguments.hpp"
#include "jobs/job.hpp"

namespace graft::app {

OptionRow trust_option();

/// The job with --trust-run-plugins in its request, where that was given.
jobs::Job trusting(jobs::Job job, const Arguments& arguments);

}  // namespace graft::app
