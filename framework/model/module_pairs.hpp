// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Which module of a weight file is which of a backbone, told by shapes alone.
#pragma once

#include <string>
#include <vector>

#include "model/weight_names.hpp"

namespace graft::model {

/// A module's name between its dots.
using Path = std::vector<std::string>;

struct ModulePair {
    Path have;
    Path wanted;
};

/// Every wanted module with one of the file's: those that lie one after the other, with the same leaves and
/// shapes, in the same order. Empty: there is no such row.
std::vector<ModulePair> pairs_by_order(const std::vector<NamedShape>& have,
                                       const std::vector<NamedShape>& wanted);

/// The same by trees: a wanted module and all below it go with the one of the file that holds the very same
/// names and shapes below it. Empty: a wanted module finds none, or cannot tell several apart.
std::vector<ModulePair> pairs_by_trees(const std::vector<NamedShape>& have,
                                       const std::vector<NamedShape>& wanted);

}  // namespace graft::model
