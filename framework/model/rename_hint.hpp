// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Names that differ from a backbone's by a pattern only: which `rename:` would make them fit.
#pragma once

#include <string>
#include <vector>

#include "model/weight_names.hpp"

namespace graft::model {

using RenameRules = std::vector<pipeline::Rename>;

/// Rules that may turn the `have` names into the `wanted` ones, found by the shapes of modules: by their
/// order where both have the same modules one after the other, else by trees that hold the same. The shortest
/// come first. Guesses: whoever uses one tries it. Both in the order of their modules; empty: no pattern is
/// seen.
std::vector<RenameRules> guess_renames(const std::vector<NamedShape>& have,
                                       const std::vector<NamedShape>& wanted);

/// As a pipeline has it, "rename: {'^layers\.0\.': 'layer1.'}"; many stand in lines of their own.
std::string rename_text(const RenameRules& rules);

}  // namespace graft::model
