// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The points metric against numbers worked out by hand.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include <ATen/ATen.h>

#include "graft/error.hpp"
#include "graft/metric.hpp"
#include "support.hpp"

using graft::test::metric_of;
using graft::test::scores;
using graft::test::update;

namespace {

graft::TargetSchema face() {
    graft::TargetSchema schema = graft::points_target("face", 3);
    schema.point_names = {"left_eye", "right_eye", "chin"};
    schema.ruler = {0, 1};
    return schema;
}

std::unique_ptr<graft::Metric> face_metric(const graft::TargetSchema& schema = face()) {
    return metric_of(schema);
}

/// Eyes 40 pixels apart, a box of 40 x 90: sqrt of it is 60 pixels.
const at::Tensor true_points =
    at::tensor({10.0, 10.0, 50.0, 10.0, 30.0, 100.0}).view({1, 3, 2}).repeat({3, 1, 1});

/// The first sample is off by 5, 0 and 1 pixels; the second by 0.8, 0.8 and an unknown chin; the third is
/// wholly unknown.
at::Tensor given() {
    at::Tensor points = true_points.clone();
    points[0][0] += at::tensor({3.0, 4.0});
    points[0][2] += at::tensor({0.0, -1.0});
    points[1][0] += at::tensor({0.8, 0.0});
    points[1][1] += at::tensor({0.0, 0.8});
    points[1][2] += 1000;
    points[2] += 1000;
    return points;
}

at::Tensor present() {
    at::Tensor known = at::ones({3, 3}, at::kBool);
    known[1][2].fill_(false);
    known[2].fill_(false);
    return known;
}

}  // namespace

TEST_CASE("points metric equals a hand calculation; unknown points do not count") {
    const auto points = face_metric();
    update(*points, given(), {true_points, present()});
    const auto values = scores(*points);
    // First sample: 5, 0 and 1 pixels, 2 in the mean; second: 0.8 twice, and its known points span no box.
    CHECK(values.at("error") == doctest::Approx((5 + 0 + 1 + 0.8 + 0.8) / 5));
    CHECK(values.at("nme_box") == doctest::Approx(2.0 / 60));
    CHECK(values.at("nme_ruler") == doctest::Approx((2.0 / 40 + 0.8 / 40) / 2));
    CHECK(values.count("nme_image") == 0);  // nobody said how large the input is
    const auto table = points->compute().tables.front();
    CHECK(table.rows == std::vector<std::string>{"left_eye", "right_eye", "chin"});
    CHECK(table.values[0][0] == doctest::Approx((5 + 0.8) / 2));
    CHECK(table.values[2] == std::vector<double>{1.0, 1.0});
    CHECK(points->compute().scores.front().unit == "pixels");
}

TEST_CASE("with the input's size, errors are also told in parts of its sides") {
    const auto points = graft::points_metric(face(), 50, 200);
    update(*points, given(), {true_points, present()});
    // First sample: hypot(3 / 200, 4 / 50), 0 and 1 / 50; second: 0.8 / 200 and 0.8 / 50.
    const double first = (std::hypot(3.0 / 200, 4.0 / 50) + 0 + 1.0 / 50) / 3;
    CHECK(scores(*points).at("nme_image") == doctest::Approx((first + (0.8 / 200 + 0.8 / 50) / 2) / 2));
}

TEST_CASE("without a ruler, or with one that nobody knows in a sample, there is no error by it") {
    CHECK(scores(*face_metric(graft::points_target("dots", 3))).count("nme_ruler") == 0);
    const auto points = face_metric();
    at::Tensor known = at::ones({3, 3}, at::kBool);
    known.select(1, 0).fill_(false);  // the left end
    update(*points, given(), {true_points, known});
    CHECK(std::isnan(scores(*points).at("nme_ruler")));
    CHECK(scores(*points).at("error") > 0);
}

TEST_CASE("points metric: parts merged are the whole, and shapes that only broadcast are refused") {
    const auto whole = face_metric();
    const auto part = face_metric();
    const auto rest = face_metric();
    update(*whole, given(), {true_points, present()});
    update(*part, given().slice(0, 0, 1), {true_points.slice(0, 0, 1), present().slice(0, 0, 1)});
    update(*rest, given().slice(0, 1), {true_points.slice(0, 1), present().slice(0, 1)});
    part->merge(rest->state());
    for (const auto& [name, value] : scores(*whole)) {
        CHECK(scores(*part).at(name) == doctest::Approx(value));
    }
    CHECK_THROWS_AS(update(*whole, given(), {true_points, at::ones({3}, at::kBool)}), graft::Error);
    CHECK_THROWS_AS(update(*whole, given(), {true_points.slice(0, 0, 1), at::ones({1, 3}, at::kBool)}),
                    graft::Error);
    CHECK_THROWS_WITH_AS(update(*whole, given().slice(1, 0, 1), {true_points, present()}),
                         "points metric, predictions: shapes [3, 1, 2] and [3, 3, 2] differ; they must be "
                         "equal, nothing is broadcast",
                         graft::Error);
}
