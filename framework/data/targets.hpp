// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "data/geometry.hpp"
#include "graft/column.hpp"
#include "graft/target.hpp"

namespace graft::data {

/// Refuses what a data set may not return: Failure(plugin) for a count, kind or class that its schema does
/// not have, Failure(data) for a number that is not finite (the sample is then skipped and named).
void check_targets(const std::vector<TargetSchema>& schemas, const std::vector<TargetValue>& values);

/// Moves points by the sample's matrix and, where the picture was mirrored, lets left and right change names.
void move_points(const TargetSchema& schema, const Matrix& matrix, bool mirrored, TargetValue& value);

/// One target of several samples, `samples[i][target]`, as a column in natural units; checked values only.
/// Calls no operator of LibTorch that could start threads.
Column make_column(const TargetSchema& schema, const std::vector<std::vector<TargetValue>>& samples,
                   std::size_t target);

}  // namespace graft::data
