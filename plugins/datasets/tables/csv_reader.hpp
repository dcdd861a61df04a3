// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace graft::tables {

struct Row {
    std::int64_t line = 0;  ///< where it begins, from 1
    std::vector<std::string> cells;
};

/// A table of comma-separated values; its first row is the header.
struct Csv {
    std::string path;
    Row header;
    std::vector<Row> rows;  ///< as they are: one may have more or fewer cells than the header

    std::string place(const Row& row) const { return path + ":" + std::to_string(row.line); }
};

/// Reads a table by RFC 4180: quoted cells may hold commas, doubled quotes and line breaks. Lines end with
/// LF, CRLF or CR; a byte order mark, empty lines, and spaces around a cell that is not quoted do not count.
/// Throws Error(data), naming the line, for what is no such table.
Csv read_csv(const std::filesystem::path& path);

}  // namespace graft::tables
