// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace graft::core {

/// The rows of a table as core::csv_row writes them (RFC 4180): quoted cells may hold commas, doubled quotes
/// and line breaks; lines end with LF or CRLF. A last row without its line break is a row, too. Any text has
/// rows: what is no such table gives rows that fit nothing, and whoever asked says so.
std::vector<std::vector<std::string>> csv_rows(std::string_view text);

}  // namespace graft::core
