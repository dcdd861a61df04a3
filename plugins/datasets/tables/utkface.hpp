// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "graft/options.hpp"
#include "listing.hpp"

namespace graft::tables {

constexpr std::int64_t oldest_known = 130;  ///< years; higher ages are mistakes

/// The pictures below root, or below its folder `split`, whose names tell age and gender. Throws Error(data)
/// when there is none.
Listing list_utkface(const Options& options, const std::string& split);

}  // namespace graft::tables
