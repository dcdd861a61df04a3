// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "graft/options.hpp"
#include "listing.hpp"

namespace graft::tables {

constexpr const char* fairface_table = "fairface_label_{split}.csv";  ///< as FairFace's authors named it

/// The records of FairFace's tables, with the columns file, age and gender. Throws Error(data) when none can
/// be used.
Listing list_fairface(const Options& options, const std::string& split);

/// Years for what stands in the column `age`: `a-b` is the middle (a + b) / 2, `more than a` is `oldest`, a
/// number is itself, nothing is missing. Throws BadRecord.
TargetValue age_of(const std::string& cell, double oldest);

}  // namespace graft::tables
