// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "core/event.hpp"
#include "report/screen.hpp"

namespace graft::report {

/// Where a run's time went, from the `profile` of its record; empty where it has none.
std::string profile_text(const core::Json& profile, const Screen& screen);

}  // namespace graft::report
