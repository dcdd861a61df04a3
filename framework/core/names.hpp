// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace graft::core {

/// The candidate nearest to `name` by edit distance with transpositions, if it is near enough to be
/// a slip (at most a third of the length, at least 1); else empty.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

/// "did you mean 'x'?" or, with no near name, "allowed: a, b, c"; empty without candidates.
std::string suggest(std::string_view name, const std::vector<std::string>& candidates);

/// "a, b, c"; "none" when empty.
std::string listed(const std::vector<std::string>& names);

/// Whether a path like backbone.layer1.0.bn1 matches a pattern: `*` within a level, `**` across.
bool matches(std::string_view pattern, std::string_view path);

}  // namespace graft::core
