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

}  // namespace graft::tables
