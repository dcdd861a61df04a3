// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Points that lie where the others do not expect them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace graft::audit {

/// Of N samples, in pixels of their pictures: what each coordinate is, and what the other coordinates of its
/// sample do not tell of it. Columns are x, y of each point in turn.
struct PointTable {
    std::size_t columns = 0;
    std::vector<double> places;     ///< [N, columns]
    std::vector<double> residuals;  ///< [N, columns]
    std::vector<bool> known;        ///< [N, columns]
    std::vector<double> sides;      ///< [N]: the shorter one of each picture
    std::vector<int> splits;        ///< [N]: 0 trains, others validate or test

    std::size_t samples() const { return sides.size(); }
};

/// A column that does not go with the others.
struct ShiftedColumn {
    std::size_t column = 0;
    double shift = 0;                           ///< pixels, of those samples beside the others
    std::string beside;                         ///< "other rows", "other splits", "its mirrored point"
    std::vector<std::size_t> samples;           ///< rows that are shifted; none: all of a split, or all
    double sharpness = 0;                       ///< the shift in deviations
    std::optional<std::size_t> or_column = {};  ///< of the mirrored point: one of both is shifted
};

/// Columns whose residuals fall into two clusters (at least a fiftieth of the rows, and three, in the
/// smaller), whose residuals differ between training and another split, or whose mirrored pairs lie off the
/// middle of the others; sharpest first. A column is named once.
std::vector<ShiftedColumn> shifted_columns(
    const PointTable& table, const std::vector<std::pair<std::size_t, std::size_t>>& mirrored_points);

/// A point of a sample that lies far from where the others expect it.
struct StrayPoint {
    std::size_t sample = 0;
    std::size_t point = 0;
    double distance = 0;    ///< pixels
    double deviations = 0;  ///< the larger of both coordinates'
};

/// The worst point of each sample that has one; farthest first. `except`: rows and columns that are named as
/// shifted already.
std::vector<StrayPoint> stray_points(const PointTable& table, const std::vector<ShiftedColumn>& except);

}  // namespace graft::audit
