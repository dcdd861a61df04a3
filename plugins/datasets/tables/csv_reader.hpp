// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace graft::tables {

struct Row {
    std::int64_t line = 0;  ///< where it begins, from 1
    std::vector<std::string> cells;
};

/// How a table is written.
struct CsvForm {
    std::optional<char> delimiter;     ///< between cells; nothing: a comma, unless the header shows another
    std::vector<std::string> missing;  ///< cells that stand for nothing; numbers by their value

    bool is_missing(const std::string& cell) const;
};

/// A table of separated values; its first row is the header.
struct Csv {
    std::string path;
    Row header;
    std::vector<Row> rows;  ///< as they are: one may have more or fewer cells than the header; `missing_cell`
                            ///< for cells that the form calls missing
    std::string note;       ///< what was found out about the form; empty: nothing

    std::string place(const Row& row) const { return path + ":" + std::to_string(row.line); }
};

/// Reads a table by RFC 4180: quoted cells may hold delimiters, doubled quotes and line breaks. Lines end
/// with LF, CRLF or CR; a byte order mark, empty lines, and spaces around a cell that is not quoted do not
/// count. Throws Error(data), naming the line, for what is no such table, and for text that is not UTF-8.
Csv read_csv(const std::filesystem::path& path, const CsvForm& form);

}  // namespace graft::tables
