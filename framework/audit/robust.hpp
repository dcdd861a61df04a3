// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Robust statistics: a few outliers hardly change them.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace graft::audit {

struct Spread {
    double middle = 0;  ///< the median
    double deviation =
        0;  ///< 1.4826 times the median distance from it: the standard deviation of normal numbers

    /// How many deviations a number lies from the middle, with its sign; 0 where nothing spreads.
    double distance(double number) const { return deviation > 0 ? (number - middle) / deviation : 0; }
};

double median(std::vector<double> numbers);  ///< of none: 0
Spread spread_of(const std::vector<double>& numbers);

/// A sample and how far it lies from the middle of all.
struct Distant {
    std::size_t sample = 0;
    double distance = 0;
};

/// Those farther than `limit` deviations on either side (`above_only`: above), farthest first.
std::vector<Distant> distant(const std::vector<double>& numbers, double limit, bool above_only = false);

/// Numbers of two clusters, each close together.
struct TwoClusters {
    double gap = 0;                    ///< from the middle of the larger to that of the smaller
    double sharpness = 0;              ///< the gap in deviations within the clusters
    std::vector<std::size_t> smaller;  ///< the places of the smaller's numbers
};

/// Divides numbers where the clusters differ most (Otsu 1979); nothing for fewer than four, or where all are
/// equal.
std::optional<TwoClusters> two_clusters(const std::vector<double>& numbers);

}  // namespace graft::audit
