// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "core/event.hpp"
#include "report/screen.hpp"

namespace graft::report {

/// The table of a run's epochs, a row each as it ends. A row is no wider than the screen: what has no room is
/// left out, rates first, then the last metrics, which the heading names.
class EpochTable {
public:
    explicit EpochTable(const Screen& screen) : screen_(screen) {}

    /// Other rows have been printed since: the next epoch gets a heading.
    void interrupt() { columns_.clear(); }

    /// The lines of an `epoch` event: its row, before it a heading where it has other columns than the last.
    std::vector<std::string> lines(const core::Json& fields);

private:
    struct Column {
        std::string owner;  ///< above the name: whose it is
        std::string name;
        std::size_t width = 0;
        int rank = 0;  ///< the highest goes first where room is short

        bool operator==(const Column&) const = default;
    };
    struct Cell {
        Column column;
        std::string text;
    };

    std::vector<Cell> cells_of(const core::Json& fields) const;
    std::vector<std::string> heading(const std::vector<Cell>& left_out) const;

    const Screen& screen_;
    std::vector<Column> columns_;
};

}  // namespace graft::report
