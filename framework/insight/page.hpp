// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "insight/document.hpp"
#include "insight/run_left.hpp"
#include "insight/sections.hpp"

namespace graft::insight {

/// What a run's page shows of samples.
WantedSamples pictures_wanted(const RunLeft& run);

/// The page of one run, in whatever state it is.
Document page_of(const RunLeft& run, const Illustration& illustration);

/// The page of a run that may still be at work, for a server that keeps it up to date (Document::state).
Document watched_page_of(const RunLeft& run);

/// What a page of several runs shows of samples: of those that changed sides the first.
WantedSamples pictures_wanted(const std::vector<RunLeft>& runs);

/// The page of several runs beside each other; the first is what the others are compared with.
Document page_of(const std::vector<RunLeft>& runs, const Illustration& illustration);

/// Writes the page into a file, and the data of its charts and tables into a folder. Throws Failure(system).
void write(const Document& document, const std::string& file, const std::string& folder);

}  // namespace graft::insight
