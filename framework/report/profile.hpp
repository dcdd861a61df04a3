// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/event.hpp"
#include "report/screen.hpp"

namespace graft::report {

/// The works of the thread that trains, by their names for people, with their seconds; of a record's
/// `profile`.
std::vector<std::pair<std::string, double>> works_of(const core::Json& profile);

/// Where a run's time went, from the `profile` of its record; empty where it has none.
std::string profile_text(const core::Json& profile, const Screen& screen);

}  // namespace graft::report
