// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "core/event.hpp"

namespace graft::engine {

/// Before a run goes on: a record that still says "running", though whoever wrote it was killed, is put
/// right, and `sets` may ask only for what may change. Throws Failure(pipeline) that names everything else
/// with both values. Gives the record of a run that is finished and of which nothing more is asked; else
/// null.
core::Json begin_resumption(const std::string& run, const std::vector<std::string>& sets);

}  // namespace graft::engine
