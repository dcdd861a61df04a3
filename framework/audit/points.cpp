// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "audit/points.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "audit/robust.hpp"

namespace graft::audit {
namespace {

/// What is less is never called a shift: parts of the picture's side.
constexpr double least_shift = 0.01;

/// Deviations between what belongs together and what does not; noise alone gives two clusters three apart.
constexpr double sharp = 6;

/// Numbers of a column that are known, and whose they are.
struct Column {
    std::vector<double> numbers;
    std::vector<std::size_t> samples;
};

template <class Chosen>
Column column_of(const PointTable& table, const std::vector<double>& numbers, std::size_t column,
                 const Chosen& chosen) {
    Column found;
    for (std::size_t sample = 0; sample < table.samples(); ++sample) {
        const std::size_t place = sample * table.columns + column;
        if (table.known[place] && chosen(sample)) {
            found.numbers.push_back(numbers[place]);
            found.samples.push_back(sample);
        }
    }
    return found;
}

bool is_worth_telling(const PointTable& table, double shift, double sharpness) {
    return std::abs(shift) >= least_shift * median(table.sides) && sharpness >= sharp;
}

std::optional<ShiftedColumn> some_rows(const PointTable& table, std::size_t column) {
    constexpr double least_share = 0.02;
    constexpr std::size_t fewest = 3;
    const Column all = column_of(table, table.residuals, column, [](std::size_t) { return true; });
    const auto clusters = two_clusters(all.numbers);
    if (!clusters || clusters->smaller.size() < fewest ||
        static_cast<double>(clusters->smaller.size()) <
            least_share * static_cast<double>(all.numbers.size()) ||
        !is_worth_telling(table, clusters->gap, clusters->sharpness)) {
        return std::nullopt;
    }
    ShiftedColumn found = {column, clusters->gap, "other rows", {}, clusters->sharpness};
    for (const std::size_t place : clusters->smaller) {
        found.samples.push_back(all.samples[place]);
    }
    return found;
}

std::optional<ShiftedColumn> other_split(const PointTable& table, std::size_t column) {
    constexpr std::size_t fewest = 5;
    const Column trains =
        column_of(table, table.residuals, column, [&](std::size_t each) { return table.splits[each] == 0; });
    const Column others =
        column_of(table, table.residuals, column, [&](std::size_t each) { return table.splits[each] != 0; });
    if (std::min(trains.numbers.size(), others.numbers.size()) < fewest) {
        return std::nullopt;
    }
    const Spread one = spread_of(trains.numbers);
    const Spread other = spread_of(others.numbers);
    const double shift = one.middle - other.middle;
    const double deviation = std::max(one.deviation, other.deviation);
    constexpr double sharp_between_splits = 3;  // middles of many, where rows were single numbers above
    const double sharpness = deviation > 0 ? std::abs(shift) / deviation : INFINITY;
    if (std::abs(shift) < least_shift * median(table.sides) || sharpness < sharp_between_splits) {
        return std::nullopt;
    }
    return ShiftedColumn{column, shift, "other splits", {}, sharpness};
}

/// How far pairs of mirrored points lie off what all pairs have in common, in the middle of all samples:
/// along x the middle between the two, along y the difference.
std::vector<double> pairs_off(const PointTable& table,
                              const std::vector<std::pair<std::size_t, std::size_t>>& pairs, bool along_x) {
    std::vector<std::vector<double>> off(pairs.size());
    for (std::size_t sample = 0; sample < table.samples(); ++sample) {
        std::vector<double> each;
        for (const auto& [left, right] : pairs) {
            const std::size_t one = sample * table.columns + 2 * left + (along_x ? 0 : 1);
            const std::size_t other = sample * table.columns + 2 * right + (along_x ? 0 : 1);
            const bool known = table.known[one] && table.known[other];
            each.push_back(!known    ? NAN
                           : along_x ? (table.places[one] + table.places[other]) / 2
                                     : table.places[one] - table.places[other]);
        }
        std::vector<double> known = each;
        std::erase_if(known, [](double number) { return std::isnan(number); });
        const double common = median(known);
        for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
            if (!std::isnan(each[pair])) {
                off[pair].push_back(each[pair] - common);
            }
        }
    }
    std::vector<double> middles;
    middles.reserve(off.size());
    for (const std::vector<double>& each : off) {
        middles.push_back(median(each));
    }
    return middles;
}

void add_unmirrored(const PointTable& table, const std::vector<std::pair<std::size_t, std::size_t>>& pairs,
                    std::vector<ShiftedColumn>& found) {
    constexpr std::size_t fewest_pairs = 3;
    constexpr double least_part = 0.03;        // of the side: faces that look to one side lie off by less
    constexpr double least_deviation = 0.005;  // of the side: places may be whole pixels
    const double side = median(table.sides);
    if (pairs.size() < fewest_pairs) {
        return;
    }
    for (const bool along_x : {true, false}) {
        const std::vector<double> off = pairs_off(table, pairs, along_x);
        const Spread spread = spread_of(off);
        for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
            const double distance = off[pair] - spread.middle;
            const double shift = along_x ? 2 * distance : distance;
            const double sharpness = std::abs(distance) / std::max(spread.deviation, least_deviation * side);
            if (std::abs(shift) < least_part * side || sharpness < sharp) {
                continue;
            }
            const std::size_t axis = along_x ? 0 : 1;
            const std::size_t left = 2 * pairs[pair].first + axis;
            ShiftedColumn each = {left, shift, "its mirrored point", {}, sharpness};
            each.or_column = 2 * pairs[pair].second + axis;
            found.push_back(each);
        }
    }
}

}  // namespace

std::vector<ShiftedColumn> shifted_columns(
    const PointTable& table, const std::vector<std::pair<std::size_t, std::size_t>>& mirrored_points) {
    std::vector<ShiftedColumn> found;
    for (std::size_t column = 0; column < table.columns; ++column) {
        for (const auto& each : {some_rows(table, column), other_split(table, column)}) {
            if (each) {
                found.push_back(*each);
            }
        }
    }
    add_unmirrored(table, mirrored_points, found);
    std::stable_sort(found.begin(), found.end(), [](const ShiftedColumn& one, const ShiftedColumn& other) {
        return one.sharpness > other.sharpness;
    });
    std::set<std::size_t> named;
    std::erase_if(found, [&](const ShiftedColumn& each) { return !named.insert(each.column).second; });
    return found;
}

std::vector<StrayPoint> stray_points(const PointTable& table, const std::vector<ShiftedColumn>& except) {
    constexpr double far = 8;
    constexpr double least = 0.03;  // of the side
    std::set<std::size_t> shifted;  // columns whose residuals are of two kinds
    for (const ShiftedColumn& each : except) {
        shifted.insert(each.column);
    }
    std::vector<std::optional<StrayPoint>> worst(table.samples());
    for (std::size_t column = 0; column < table.columns; ++column) {
        const Column all = column_of(table, table.residuals, column, [](std::size_t) { return true; });
        for (const Distant& each :
             shifted.contains(column) ? std::vector<Distant>() : distant(all.numbers, far)) {
            const std::size_t sample = all.samples[each.sample];
            const double pixels = std::abs(all.numbers[each.sample]);
            std::optional<StrayPoint>& known = worst[sample];
            if (pixels >= least * table.sides[sample] &&
                (!known || std::abs(each.distance) > known->deviations)) {
                known = StrayPoint{sample, column / 2, pixels, std::abs(each.distance)};
            }
        }
    }
    std::vector<StrayPoint> found;
    for (const auto& each : worst) {
        if (each) {
            found.push_back(*each);
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const StrayPoint& one, const StrayPoint& other) {
        return one.deviations > other.deviations;
    });
    return found;
}

}  // namespace graft::audit
