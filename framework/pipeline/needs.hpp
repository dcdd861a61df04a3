// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a pipeline says of other jobs of the same command: `needs: a`, `weights: job:a`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/problem.hpp"
#include "pipeline/node.hpp"

namespace graft::pipeline {

/// The name of another job, and where it stands.
struct JobName {
    std::string name;
    core::Place place;
};

struct Needs {
    std::vector<JobName> jobs;       ///< that must have ended well before this one begins
    std::optional<JobName> weights;  ///< the same, and the backbone begins with its trained model
};

/// What a document says of other jobs; adds a problem for what is no name and no list of names.
Needs needs_of(const Node& document, core::Problems& problems);

/// Whether `backbone.weights` names a job's model instead of a file. A file of such a name is "./job:...".
bool names_job(const std::string& weights);

/// The document without other jobs, so that it can be run alone: `folder`, a run's, in place of `job:NAME`.
void settle_needs(Node& document, const std::string& folder);

/// The same with random values in place of what another job will have trained, for a look at the rest.
void forget_needs(Node& document);

}  // namespace graft::pipeline
