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

/// A word of a command, as a shell reads it back: as it is, in quotes, or, with control characters in it, in
/// bash's and zsh's $'..'. A name that begins with a dash gets "./" before it.
std::string shell_word(std::string_view word);

}  // namespace graft::core
