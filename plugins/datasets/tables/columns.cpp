// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "columns.hpp"

#include <algorithm>

#include "cells.hpp"
#include "graft/error.hpp"

namespace graft::tables {

Columns::Columns(const Csv& csv, const std::vector<std::string>& needed) {
    const std::vector<std::string>& header = csv.header.cells;
    std::vector<std::string> missing;
    std::vector<std::string> twice;
    for (const std::string& name : needed) {
        const auto found = std::find(header.begin(), header.end(), name);
        places_[name] = static_cast<std::size_t>(found - header.begin());
        const auto count = std::count(header.begin(), header.end(), name);
        if (count == 0) {
            missing.push_back(name);
        } else if (count > 1) {
            twice.push_back(name);
        }
    }
    if (!missing.empty() || !twice.empty()) {
        throw Error(ErrorKind::data,
                    csv.place(csv.header) + ": the header does not fit.\n  missing: " + joined(missing) +
                        "; there more than once: " + joined(twice) + "\n  columns: " + joined(header) +
                        "\nCorrect the header, or the options that name columns.");
    }
}

}  // namespace graft::tables
