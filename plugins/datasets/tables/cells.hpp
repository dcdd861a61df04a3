// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What stands in a cell, and what is said about it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace graft::tables {

/// Without the spaces around it.
std::string trimmed(std::string_view text);

/// ASCII letters in lower case.
std::string lower(std::string text);

/// "a, b, c", "(none)" when empty; long lists are cut.
std::string joined(const std::vector<std::string>& names);

/// The finite number that the whole of `cell` is, or nullopt. Knows no locale.
std::optional<double> to_number(const std::string& cell);

/// Empty, or NaN in any case.
bool is_missing(const std::string& cell);

/// Sorts and drops what is there twice; by value where all are whole numbers, so 10 comes after 9.
void sort_names(std::vector<std::string>& names);

/// A name that is there twice, or "".
std::string repeated(std::vector<std::string> names);

}  // namespace graft::tables
