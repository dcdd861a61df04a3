// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace graft::start {

/// A table of separated values (RFC 4180): the header and rows of as many cells.
struct TextTable {
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> rows;
    char delimiter = ',';

    /// The cells of a column that are not empty and no `means_nothing`.
    std::vector<std::string> column(std::size_t index) const;
};

/// Reads the first `most_rows` rows; a row of another length than the header's is passed over. What stands
/// between cells is what the header shows: comma, semicolon or tab. An empty header for what is no table.
/// Throws Failure(data) where the file cannot be read.
TextTable read_table(const std::filesystem::path& path, std::size_t most_rows = 100'000);

/// Whether a cell is one of the words that programs write for nothing: NA, nan, null, ...
bool means_nothing(const std::string& cell);

/// Whether a cell is a number.
bool is_number(const std::string& cell);

}  // namespace graft::start
