// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// How many samples each class has.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/problem.hpp"
#include "data/splits.hpp"

namespace graft::data {

/// One target that has classes (a category or labels), with its samples a class, in the order of the classes.
struct ClassCounts {
    std::size_t target = 0;  ///< index into the schema
    std::vector<std::int64_t> train;
    std::vector<std::int64_t> val;
    std::vector<std::string> first_val;  ///< id of the first validation sample of each class; "": none
};

/// Counts the classes of every category and all labels. Reads no picture; a sample whose targets cannot be
/// read does not count.
std::vector<ClassCounts> count_classes(const Splits& splits, const std::vector<TargetSchema>& targets);

/// What a person should know of the counts before training: classes without training samples, classes without
/// validation samples.
std::vector<std::string> notes_of_classes(const std::vector<ClassCounts>& counts,
                                          const std::vector<TargetSchema>& targets);

/// Throws Failure(data), naming a sample, when the validation split has samples of a class that the training
/// split lacks although the two were divided by name. `predicted`: the targets whose classes a head tells
/// apart.
void refuse_unknown_classes(const std::vector<ClassCounts>& counts, const std::vector<TargetSchema>& targets,
                            const std::vector<std::size_t>& predicted, const pipeline::SplitRule& split);

}  // namespace graft::data
