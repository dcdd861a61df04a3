// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "csv_reader.hpp"

namespace graft::tables {

/// Where the columns of a table are that a data set needs. Any thread.
class Columns {
public:
    /// Throws Error(data), naming all, when columns are missing or there twice.
    Columns(const Csv& csv, const std::vector<std::string>& needed);

    const std::string& cell(const Row& row, const std::string& column) const {
        return row.cells.at(places_.at(column));
    }

private:
    std::map<std::string, std::size_t> places_;
};

}  // namespace graft::tables
