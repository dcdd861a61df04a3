// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "start/finding.hpp"
#include "start/table.hpp"

namespace graft::start {

/// A table whose rows name pictures of a folder.
struct PictureTable {
    std::string file;  ///< relative to the folder, as everything here
    TextTable table;
    std::size_t picture_column = 0;
    std::string images;     ///< the folder that its names are relative to; "" for the root
    std::size_t found = 0;  ///< rows whose picture is there
};

/// The points that a table tells, where its columns are x and y of one after the other; else nothing.
std::optional<std::size_t> count_points(const PictureTable& table);

/// Adds what the columns of a table tell: keys of the data set `csv`, a head for each target, facts, and the
/// columns that play no part.
void read_columns(const PictureTable& table, Finding& found);

}  // namespace graft::start
