// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Names (of files, classes, columns, persons) are bytes; files that people read and programs parse hold text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace graft::core {

/// A name of any bytes as valid UTF-8 in one line, different for different names: what can be shown stays as
/// it is, each other byte becomes an escape like "\xE9", and the backslash of a literal "\x" becomes "\x5C".
std::string name_to_text(std::string_view name);

/// The inverse of name_to_text. What it never makes (as "\x41") stays as it is; hexadecimal digits may be of
/// either case.
std::string text_to_name(std::string_view text);

/// A text that may hold names as they are, as valid UTF-8: bytes that cannot be shown become escapes as
/// above, newlines and tabulators stay.
std::string legible(std::string_view text);

/// A line that anything may have written: legible, with a space for a tabulator. What exceeds `longest`
/// bytes is cut off, with "..." for it.
std::string printable_line(std::string_view line, std::size_t longest);

/// A word of a command, as a shell reads it back: as it is, in quotes, or, with control characters in it, in
/// bash's and zsh's $'..'. A name that begins with a dash gets "./" before it.
std::string shell_word(std::string_view word);

/// A row of a table of values separated by commas (RFC 4180), with its newline: cells are in quotation marks
/// where they must be.
std::string csv_row(const std::vector<std::string>& cells);

}  // namespace graft::core
