// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <vector>

#include "audit/points.hpp"

namespace graft::audit {
namespace {

/// Four mirrored pairs about x = 50, and a point between them; residuals are noise of one pixel.
PointTable faces(std::size_t samples) {
    std::mt19937 random(3);
    std::normal_distribution<double> noise(0, 1);
    PointTable table;
    table.columns = 18;
    for (std::size_t sample = 0; sample < samples; ++sample) {
        const double middle = 50 + 4 * noise(random);
        for (std::size_t point = 0; point < 9; ++point) {
            const double out = point == 8 ? 0 : (point % 2 == 0 ? -1.0 : 1.0) * (10 + 8 * double(point / 2));
            for (const double place : {middle + out, 20 + 6 * double(point / 2)}) {
                const double off = noise(random);
                table.places.push_back(place + off);
                table.residuals.push_back(off);
                table.known.push_back(true);
            }
        }
        table.sides.push_back(100);
        table.splits.push_back(sample < samples * 3 / 4 ? 0 : 1);
    }
    return table;
}

const std::vector<std::pair<std::size_t, std::size_t>> mirrored = {{0, 1}, {2, 3}, {4, 5}, {6, 7}};

void shift(PointTable& table, std::size_t column, std::size_t from, std::size_t to, double pixels,
           bool is_seen_by_others = true) {
    for (std::size_t sample = from; sample < to; ++sample) {
        table.places[sample * table.columns + column] += pixels;
        table.residuals[sample * table.columns + column] += is_seen_by_others ? pixels : 0;
    }
}

}  // namespace

// Proves: noise is no shift; a column that is shifted in some rows, in training alone, or everywhere is named
// with its size, and of the first the rows, too.
TEST_CASE("shifted columns: in some rows, in a split, everywhere") {
    const PointTable clean = faces(200);
    CHECK(shifted_columns(clean, mirrored).empty());
    CHECK(stray_points(clean, {}).empty());
    PointTable some = clean;
    shift(some, 5, 10, 40, 8);
    auto found = shifted_columns(some, mirrored);
    REQUIRE(found.size() == 1);
    CHECK(found[0].column == 5);
    CHECK(found[0].shift == doctest::Approx(8).epsilon(0.1));
    CHECK(found[0].beside == "other rows");
    REQUIRE(found[0].samples.size() == 30);
    CHECK(found[0].samples.front() == 10);
    CHECK(found[0].samples.back() == 39);
    PointTable trains = clean;
    shift(trains, 16, 0, 150, 4);
    found = shifted_columns(trains, mirrored);
    REQUIRE(found.size() == 1);
    CHECK(found[0].column == 16);
    CHECK(found[0].beside == "other splits");
    CHECK(found[0].shift == doctest::Approx(4).epsilon(0.15));
    for (const std::size_t column : {6U, 7U}) {
        PointTable all = clean;
        shift(all, column, 0, 200, 9, false);
        found = shifted_columns(all, mirrored);
        REQUIRE(found.size() == 1);
        CHECK(found[0].beside == "its mirrored point");
        CHECK((found[0].column == column || found[0].or_column == column));
        CHECK(std::abs(found[0].shift) == doctest::Approx(9).epsilon(0.1));
        CHECK(found[0].samples.empty());
    }
}

// Proves: a lone point far off is named with its sample and distance; unknown points are not looked at.
TEST_CASE("stray points") {
    PointTable table = faces(200);
    shift(table, 7, 33, 34, -40);
    shift(table, 6, 33, 34, 15);
    shift(table, 2, 50, 51, 30);
    table.known[50 * table.columns + 2] = false;
    const auto shifted = shifted_columns(table, mirrored);
    CHECK(shifted.empty());
    const auto found = stray_points(table, shifted);
    REQUIRE(found.size() == 1);
    CHECK(found[0].sample == 33);
    CHECK(found[0].point == 3);
    CHECK(found[0].distance == doctest::Approx(40).epsilon(0.1));
}

}  // namespace graft::audit
