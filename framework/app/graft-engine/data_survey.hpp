// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "core/event.hpp"
#include "data/splits.hpp"
#include "graft/target.hpp"

namespace graft::engine {

/// What the data of a run look like, for a page; docs/events.md has the fields. `targets`: the schema, and
/// which of it heads read. Reads targets, and the headers of at most 400 pictures.
core::Json survey_data(const data::Splits& splits, const std::vector<TargetSchema>& schema,
                       const std::vector<std::size_t>& targets);

}  // namespace graft::engine
