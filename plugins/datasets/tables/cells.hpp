// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What stands in a cell, and what is said about it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../folders/files.hpp"

namespace graft::tables {

/// Thrown for a record that cannot be used; `message` goes on after its place.
struct BadRecord {
    std::string message;
};

/// Thrown for a record that shows that the table as a whole is not what was expected; `message` goes on after
/// its place.
struct BadTable {
    std::string message;
};

/// Without the spaces around it.
std::string trimmed(std::string_view text);

/// ASCII letters in lower case.
std::string lower(std::string text);

using folders::joined;

/// The finite number that the whole of `cell` is, or nullopt. Knows no locale.
std::optional<double> to_number(const std::string& cell);

/// How many bytes the character of UTF-8 at the front has; 0: there is none.
std::size_t character_length(std::string_view text);

/// What stands for a cell that the option `missing` names; no table can hold it, since it is a zero byte.
inline const std::string missing_cell(1, '\0');

/// Empty, or named by the option `missing`.
bool is_blank(const std::string& cell);

/// Blank, or NaN in any case.
bool is_missing(const std::string& cell);

/// The finite number of a cell that is to be one. Throws BadTable for a decimal comma, BadRecord("WHAT is
/// 'CELL'; expected EXPECTED") for anything else.
double require_number(const std::string& cell, const std::string& what, const std::string& expected);

/// Sorts and drops what is there twice; by value where all are whole numbers, so 10 comes after 9.
void sort_names(std::vector<std::string>& names);

/// A name that is there twice, or "".
std::string repeated(std::vector<std::string> names);

}  // namespace graft::tables
