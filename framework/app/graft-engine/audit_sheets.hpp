// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Of an audit: what it doubts, as pictures that a person looks through.
#pragma once

#include <cstdint>
#include <string>

#include "audit_samples.hpp"
#include "command.hpp"
#include "core/event.hpp"

namespace graft::engine {

/// Draws the worst of each list of a report on a sheet of its own, picture by picture with what is wrong
/// below it, into a folder: labels.png, numbers.png, points.png, outliers.png, duplicates.png. Sheets of
/// lists that are empty are taken away. Gives [{"what","file","shown","of"}]. `bits`: of a sample of the
/// pictures, as the preprocessing has them. Throws Failure(system).
core::Json draw_suspects(const CommandContext& context, const AuditSamples& samples, const core::Json& report,
                         std::int64_t bits, const std::string& folder);

}  // namespace graft::engine
