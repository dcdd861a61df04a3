// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What `graft help` prints about the pipeline format.
#pragma once

#include <string>
#include <vector>

#include "core/event.hpp"
#include "pipeline/reference.hpp"
#include "report/screen.hpp"

namespace graft::report {

/// Every section with a sentence.
std::string format_overview(const Screen& screen);

/// Sections with all their keys, keys with their values, single values; one after the other.
std::string meanings_text(const std::vector<pipeline::Meaning>& meanings, const Screen& screen);

/// The same for programs: a list of {"section", "path", "doc"} with "keys", or with "key" and its facts.
core::Json meanings_json(const std::vector<pipeline::Meaning>& meanings);

}  // namespace graft::report
