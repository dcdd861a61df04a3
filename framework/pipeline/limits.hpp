// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a pipeline says of how long its job may take: `time_limit: 2h`. Whoever runs the job obeys.
#pragma once

#include "core/problem.hpp"
#include "pipeline/node.hpp"

namespace graft::pipeline {

struct Limits {
    double time = 0;      ///< seconds that a job may take; 0: any number
    double stall = 1800;  ///< seconds for which it may tell nothing; 0: any number
};

/// The limits of a document; adds a problem for what is no duration.
Limits limits_of(const Node& document, core::Problems& problems);

}  // namespace graft::pipeline
