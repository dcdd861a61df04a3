// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/event.hpp"

namespace graft::report {

/// 11242305 -> "11,242,305".
std::string grouped(std::int64_t number);

/// 0.2 -> "0.2 s", 72 -> "1 min 12 s", 7530 -> "2 h 6 min"; "-" for what is no time.
std::string duration(double seconds);

/// 1536 -> "1.5 KiB".
std::string size_text(std::uint64_t bytes);

/// A score or a loss: four decimals below 10, fewer above, "-" for null; the unit after it.
std::string measure(const core::Json& number, const std::string& unit = "");

/// 1 -> "1 epoch", 3 -> "3 epochs".
std::string counted(std::int64_t number, const std::string& noun);

/// How many columns a UTF-8 text takes, counting a code point as one.
std::size_t columns_of(const std::string& text);

/// Text that came from elsewhere (file names, class names), safe on a terminal: core::legible, with spaces
/// for tabulators.
std::string printable(const std::string& text);

/// A field's text, printable; empty where there is none.
std::string text(const core::Json& fields, const char* key);

/// A field's number; NaN where there is none.
double number(const core::Json& fields, const char* key);

/// What the event `stopping` means.
std::string stopping_text(const core::Json& fields);

/// A field that is an object; an empty one where there is none.
core::Json inner(const core::Json& fields, const char* key);

/// Elements of a list side by side; texts printable, anything else as JSON.
std::string joined(const core::Json& values, const std::string& separator = ", ");

/// At most `width` columns of a line, so that it never wraps.
std::string one_line(const std::string& line, int width);

using Rows = std::vector<std::vector<std::string>>;

/// Lays out rows in columns, two spaces apart and `indent` from the left; columns named in `right` are
/// flush right. The last column is not padded. Each line ends with a newline.
std::string table(const Rows& rows, const std::vector<std::size_t>& right = {}, std::size_t indent = 2);

}  // namespace graft::report
