// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Targets and features of every kind, small and made up.
#pragma once

#include <string>
#include <vector>

#include "graft/column.hpp"
#include "graft/feature.hpp"
#include "graft/head.hpp"
#include "graft/target.hpp"

namespace graft::conformance {

/// A schema of the kind; `classes` counts those of a category or of labels.
TargetSchema example_schema(TargetKind kind, std::size_t classes = 2);

/// N samples in natural units for a picture of `side` pixels; all present, or none.
Column example_target(const TargetSchema& schema, std::int64_t samples, std::int64_t side, bool present);

/// A feature that satisfies the port, and a tensor of it.
FeatureShape example_shape(const InputPort& port);
at::Tensor example_feature(const FeatureShape& shape, std::int64_t samples);

}  // namespace graft::conformance
