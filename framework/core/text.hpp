// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace graft::core {

/// A line that anything may have written, as valid UTF-8 without control characters: a tabulator becomes a
/// space, each other byte that cannot be shown '?'. What exceeds `longest` bytes is cut off, with "..."
/// for it.
std::string printable_line(std::string_view line, std::size_t longest);

}  // namespace graft::core
