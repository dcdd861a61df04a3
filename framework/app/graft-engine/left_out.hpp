// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What of a data set was not used: a list of {"file":..,"reason":..,"sample":whether it counts as one}.
#pragma once

#include "core/event.hpp"
#include "data/loader.hpp"

namespace graft::engine {

/// What the data set of a subset refused; each entry once. Nothing for a subset without one.
void add_problems(const data::Subset& subset, core::Json& list);

/// What a loader could not read.
void add_skipped(const data::Loader& loader, core::Json& list);

}  // namespace graft::engine
