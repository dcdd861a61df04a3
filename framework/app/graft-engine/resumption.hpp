// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "core/event.hpp"
#include "data/correction_table.hpp"

namespace graft::engine {

/// Before a run goes on: a record that still says "running", though whoever wrote it was killed, is put
/// right, and `sets` may ask only for what may change. Throws Failure(pipeline) that names everything else
/// with both values. Gives the record of a run that is finished and of which nothing more is asked; else
/// null.
core::Json begin_resumption(const std::string& run, const std::vector<std::string>& sets);

/// Throws Failure(pipeline) where a table that corrects the data holds something else than when the run
/// began.
void require_same_corrections(const std::string& run, const std::vector<data::Correction>& corrections);

}  // namespace graft::engine
