// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "core/problem.hpp"
#include "model/freeze.hpp"
#include "model/model.hpp"
#include "pipeline/pipeline.hpp"

namespace graft::model {

/// Stages that no head reads, though some phase trains them: at the head that reads the latest stage, with
/// what cuts them off. `freezing`: one a phase.
core::Problems notes_on_stages(const Model& model, const pipeline::Pipeline& pipeline,
                               const std::vector<Freezing>& freezing);

/// A weight file that is not there, at its place; nothing for published weights, which can be fetched.
core::Problems notes_on_weights(const Model& model, const pipeline::Backbone& backbone);

}  // namespace graft::model
