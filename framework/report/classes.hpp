// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "core/event.hpp"

namespace graft::report {

/// A line a target that has classes: them in their order, with their training and validation samples; long
/// lists are cut. `classes`: as the event `started` has them.
std::string classes_text(const core::Json& classes);

}  // namespace graft::report
