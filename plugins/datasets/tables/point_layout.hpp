// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "csv_reader.hpp"
#include "graft/options.hpp"
#include "graft/target.hpp"

namespace graft::tables {

/// How points stand in the columns of a table: the file, then x, y (and v) of each point.
class PointLayout {
public:
    static OptionTable options();

    /// Throws Error(options) when options contradict each other.
    explicit PointLayout(const Options& options);

    /// How many points the options tell of, if they do.
    std::optional<std::int64_t> declared_count() const { return count_; }

    /// How many points the table has. Throws Error(data) when its header does not fit the layout.
    std::int64_t count(const Csv& csv) const;

    /// Throws Error(options) when mirrored points, or those of the ruler, are none of the points.
    TargetSchema schema(std::int64_t count) const;

    /// In pixels as graft has them. Throws BadRecord. The row has a cell for every column.
    Points read(const Row& row) const;

private:
    std::vector<std::int64_t> chosen(const std::string& option, const std::vector<std::string>& points,
                                     std::int64_t count) const;
    std::int64_t index_of(const std::string& option, const std::string& point, std::int64_t count) const;
    std::optional<Point> point(const Row& row, std::size_t index) const;

    std::optional<std::int64_t> count_;
    std::vector<std::string> names_;
    std::optional<std::vector<std::string>> mirrored_;  ///< names or numbers of points
    std::optional<std::vector<std::string>> ruler_;
    std::size_t stride_ = 2;  ///< columns a point
    double shift_ = 0;        ///< pixels added to each coordinate
    bool negative_is_missing_ = false;
};

}  // namespace graft::tables
