// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "composition.hpp"

namespace graft::engine {

/// Targets that a head reads.
std::vector<TargetSchema> used_targets(const model::Model& model);

/// What is worth a warning in a pipeline that can be used: what has no effect, what is easily meant
/// otherwise.
std::vector<std::string> notes_of(const Composition& made);

/// What `check` alone has to say, because a run ends there: data and weights that are not there.
std::vector<std::string> notes_on_absent(const Composition& made);

}  // namespace graft::engine
