// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "console.hpp"
#include "jobs/job.hpp"
#include "pipeline/needs.hpp"

namespace graft::app {

/// A job of `graft run`, or why there is none.
struct Planned {
    jobs::Job job;
    std::string name;   ///< of its run
    std::string group;  ///< the same without a variation's label
    pipeline::Needs needs;
    std::optional<std::size_t> weights_of;  ///< the job whose model it begins with
    int category = 0;
    std::string problem;
};

/// The jobs of all pipelines of a command line, each with its needs; what is wrong with one stands there.
std::vector<Planned> plan_jobs(const Arguments& arguments);

/// Gives every job the folder of its run: --out itself for a lone one, else one below it, else
/// runs/NAME-TIME.
void choose_folders(std::vector<Planned>& planned, const std::string& out);

/// Has the engine look at pipelines before the first one begins, as far as a run goes before it makes its
/// folder. A job that others need may be missing among them. `elsewhere`: they will run on another
/// machine, whose devices nobody knows here. `trace_shapes`: tell of the shapes that go through the models.
/// Throws Failure where the look itself failed.
void validate(std::vector<Planned>& planned, bool elsewhere, bool trace_shapes, const Console& console);

/// Whether any has a problem.
bool is_refused(const std::vector<Planned>& planned);

/// Tells each problem once, however many variations of a file have it; the exit code.
int refuse_all(const std::vector<Planned>& planned, const Console& console);

/// The jobs in the same order.
std::vector<jobs::Job> jobs_of(const std::vector<Planned>& planned);

}  // namespace graft::app
