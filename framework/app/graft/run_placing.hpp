// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "jobs/job.hpp"
#include "pipeline/node.hpp"

namespace graft::app {

/// Tells the queue what it must know of a job's pipeline: its priority and limits of time; the device asked
/// for, unless the request names one; the sweep, which is the file; and, where frozen features are kept, the
/// jobs that it may share them with: those of the same data and backbone.
void place_by(const pipeline::Node& document, jobs::Job& job);

}  // namespace graft::app
