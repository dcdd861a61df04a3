// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The boxes metric against pycocotools (tools/goldens/boxes.py), against torchmetrics
// (tools/goldens/dense_scores.py), and against numbers worked out by hand.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "graft/error.hpp"
#include "graft/metric.hpp"
#include "support.hpp"

using graft::test::golden_of;
using graft::test::metric_of;
using graft::test::scores;
using graft::test::update;

namespace {

using Rows = std::vector<std::vector<float>>;  ///< boxes of one sample

/// [samples, boxes of the fullest, 6]; -1 everywhere, and so as state and as score, where a sample has less.
at::Tensor filled(const std::vector<Rows>& samples) {
    std::size_t most = 0;
    for (const Rows& rows : samples) {
        most = std::max(most, rows.size());
    }
    at::Tensor boxes =
        at::full({static_cast<std::int64_t>(samples.size()), static_cast<std::int64_t>(most), 6}, -1.0F);
    for (std::size_t sample = 0; sample < samples.size(); ++sample) {
        for (std::size_t row = 0; row < samples[sample].size(); ++row) {
            boxes[static_cast<std::int64_t>(sample)][static_cast<std::int64_t>(row)] =
                at::tensor(samples[sample][row]);
        }
    }
    return boxes;
}

graft::Column all_of(const std::vector<Rows>& samples) {
    return {filled(samples), at::ones({static_cast<std::int64_t>(samples.size())}, at::kBool)};
}

std::unique_ptr<graft::Metric> boxes_metric() {
    return metric_of(graft::boxes_target("animals", {"cat", "dog"}));
}

void check_golden(double value, const nlohmann::json& wanted, double most = 1e-9) {
    if (wanted.is_null()) {
        CHECK(std::isnan(value));
    } else {
        CHECK(std::abs(value - wanted.get<double>()) < most);
    }
}

/// A cat of 10 x 10 pixels.
const std::vector<float> cat{10, 10, 20, 20, 0, 1};

std::vector<float> found(float left, float score, float class_index = 0) {
    return {left, 10, left + 10, 20, class_index, score};
}

}  // namespace

TEST_CASE("boxes metric equals pycocotools, and torchmetrics, which tells single precision") {
    const auto golden = golden_of("boxes.json");
    const auto other = golden_of("dense_scores.json")["boxes"];
    std::vector<std::string> names;
    for (int index = 0; index < golden["classes"].get<int>(); ++index) {
        names.push_back(std::to_string(index));
    }
    const auto boxes = metric_of(graft::boxes_target("things", names));
    std::vector<Rows> truth;
    std::vector<Rows> given;
    for (const auto& picture : golden["pictures"]) {
        truth.push_back(picture["truth"].get<Rows>());
        given.push_back(picture["found"].get<Rows>());
    }
    update(*boxes, filled(given), all_of(truth));
    const auto values = scores(*boxes);
    for (const char* name : {"average_precision", "average_precision_50", "average_precision_75"}) {
        CAPTURE(name);
        check_golden(values.at(name), golden[name]);
        check_golden(values.at(name), other[name], 1e-6);
    }
    for (std::size_t index = 0; index < names.size(); ++index) {
        CAPTURE(index);
        check_golden(values.at("average_precision/" + names[index]), golden["by_class"][index]);
        check_golden(values.at("average_precision/" + names[index]), other["by_class"][index], 1e-6);
    }
}

TEST_CASE("boxes metric equals a hand calculation: overlaps of 1 and 0.6, and one box that is missed") {
    const auto boxes = boxes_metric();
    // Moved by 2.5 of 10 pixels: 7.5 / 12.5 is 0.6, which finds a box at 0.50, 0.55 and perhaps 0.60.
    update(*boxes, filled({{found(10, 0.9F)}, {found(12.5F, 0.8F)}, {}}), all_of({{cat}, {cat}, {cat}}));
    const auto values = scores(*boxes);
    // Of 101 recalls, 67 (0 to 0.66) come before two of three, 34 (0 to 0.33) before one of three.
    CHECK(values.at("average_precision_50") == doctest::Approx(67.0 / 101));
    CHECK(values.at("average_precision_75") == doctest::Approx(34.0 / 101));
    CHECK(values.at("average_precision/cat") == values.at("average_precision"));
    CHECK(std::isnan(values.at("average_precision/dog")));
    const auto table = boxes->compute().tables.at(0);
    CHECK(table.values[0][3] == 3);
    CHECK(table.values[0][4] == 2);
}

TEST_CASE("boxes metric: a second find of a box is wrong, any number of an ignored one do not count") {
    const auto twice = boxes_metric();
    update(*twice, filled({{found(10, 0.9F), found(10, 0.8F)}, {found(10, 0.7F)}}), all_of({{cat}, {cat}}));
    // Right, wrong, right: precision 1 up to half of the recall, then two of three.
    CHECK(scores(*twice).at("average_precision") == doctest::Approx((51 * 1.0 + 50 * 2.0 / 3) / 101));
    const auto ignored = boxes_metric();
    std::vector<float> crowd{10, 10, 90, 20, 0, 0};
    update(*ignored, filled({{found(10, 0.9F), found(40, 0.8F), found(60, 0.8F), found(10, 0.7F)}}),
           all_of({{crowd, cat}}));
    CHECK(scores(*ignored).at("average_precision") == doctest::Approx(1));
    CHECK(ignored->compute().tables.at(0).values[0][3] == 1);
}

TEST_CASE(
    "boxes metric: what is no box, or of a missing sample, does not count; nothing to find is not missing") {
    const auto boxes = boxes_metric();
    graft::Column target = all_of({{cat, {10, 10, 20, 20, 7, -1}}, {cat}, {}});
    target.present[1].fill_(false);
    const auto given = filled({{found(10, 0.5F), found(10, -1, 99)}, {found(90, 0.9F)}, {}});
    update(*boxes, given, target);
    CHECK(scores(*boxes).at("average_precision") == doctest::Approx(1));
    update(*boxes, filled({{found(10, 0.9F)}}), all_of({{}}));  // where there is no cat
    CHECK(scores(*boxes).at("average_precision") == doctest::Approx(0.5));
}

TEST_CASE("boxes metric: equal scores are one step, whichever comes first") {
    for (const bool turned : {false, true}) {
        const auto boxes = boxes_metric();
        const std::vector<Rows> truth{{cat}, {}};
        const std::vector<Rows> given{{found(10, 0.5F)}, {found(10, 0.5F)}};
        for (const std::size_t sample : {turned ? 1U : 0U, turned ? 0U : 1U}) {
            update(*boxes, filled({given[sample]}), all_of({truth[sample]}));
        }
        CHECK(scores(*boxes).at("average_precision") == 0.5);
    }
}

TEST_CASE("boxes metric refuses classes and shapes that are not its own") {
    const auto boxes = boxes_metric();
    CHECK_THROWS_WITH_AS(update(*boxes, filled({{found(10, 0.9F, 2)}}), all_of({{cat}})),
                         "boxes metric, predictions: class 2 came, but there are 2 classes (0 to 1)",
                         graft::Error);
    CHECK_THROWS_WITH_AS(update(*boxes, filled({{found(10, 0.9F)}}), all_of({{{10, 10, 20, 20, 255, 1}}})),
                         "boxes metric, targets: class 255 came, but there are 2 classes (0 to 1)",
                         graft::Error);
    CHECK_THROWS_WITH_AS(
        update(*boxes, at::zeros({1, 3, 5}), all_of({{cat}})),
        "boxes metric, predictions: shapes [1, 3, 5] and [1, 3, 6] differ; they must be equal, nothing is "
        "broadcast",
        graft::Error);
    CHECK_THROWS_AS(update(*boxes, at::zeros({3, 6}), all_of({{cat}})), graft::Error);
    CHECK_THROWS_AS(update(*boxes, at::zeros({2, 3, 6}), all_of({{cat}})), graft::Error);
    CHECK_THROWS_AS(
        update(*boxes, filled({{found(10, 0.9F)}}), {filled({{cat}}), at::ones({1, 1}, at::kBool)}),
        graft::Error);
    CHECK(std::isnan(scores(*boxes).at("average_precision")));  // nothing was added on the way
    graft::MetricState state = boxes->state();
    state[0] = at::zeros({1});
    state[1] = at::full({1, 3}, 2, at::kInt);
    CHECK_THROWS_WITH_AS(boxes->merge(state),
                         "boxes metric, state: class 2 came, but there are 2 classes (0 to 1)", graft::Error);
}
