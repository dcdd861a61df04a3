// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a run writes besides what every run leaves: `outputs: {tensorboard: true}`.
#pragma once

#include "core/problem.hpp"
#include "pipeline/node.hpp"

namespace graft::pipeline {

struct Outputs {
    bool tensorboard = false;
    bool plugins = true;  ///< those that graft does not come with, into the run's folder
};

/// The outputs of a document; adds a problem for what is none.
Outputs outputs_of(const Node& document, core::Problems& problems);

}  // namespace graft::pipeline
