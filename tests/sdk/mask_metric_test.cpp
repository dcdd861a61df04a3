// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The mask metric against scikit-learn (tools/goldens/masks.py), against torchmetrics
// (tools/goldens/dense_scores.py), and against numbers worked out by hand.
#include <doctest/doctest.h>

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

graft::TargetSchema street() {
    return graft::mask_target("street", {"road", "car", "sky"});
}

/// Probabilities that choose these classes, [N, height, width].
at::Tensor mask_said(const at::Tensor& classes) {
    return at::one_hot(classes.to(at::kLong), 3).permute({0, 3, 1, 2}).to(at::kFloat);
}

at::Tensor bytes(const std::vector<std::int64_t>& classes) {
    return at::tensor(classes, at::kLong).to(at::kByte).view({-1, 2, 2});
}

at::Tensor known(std::int64_t samples) {
    return at::ones({samples}, at::kBool);
}

/// Equal, or not there on both sides.
void check_equal(double value, const nlohmann::json& wanted) {
    if (wanted.is_null()) {
        CHECK(std::isnan(value));
    } else {
        CHECK(std::abs(value - wanted.get<double>()) < 1e-12);
    }
}

}  // namespace

TEST_CASE("mask metric equals scikit-learn, and torchmetrics, which computes in single precision") {
    const auto golden = golden_of("masks.json");
    const auto shape = golden["shape"].get<std::vector<std::int64_t>>();
    std::vector<std::string> names;
    for (std::int64_t index = 0; index < shape[1]; ++index) {
        names.push_back(std::to_string(index));
    }
    const at::Tensor given =
        at::tensor(golden["given"].get<std::vector<std::int64_t>>(), at::kLong).view(shape).to(at::kFloat) /
        1000;
    const at::Tensor truth = at::tensor(golden["truth"].get<std::vector<std::int64_t>>(), at::kLong)
                                 .view({shape[0], shape[2], shape[3]})
                                 .to(at::kByte);
    at::Tensor present = known(shape[0]);
    for (std::int64_t sample = 0; sample < shape[0]; ++sample) {
        present[sample].fill_(golden["present"][static_cast<std::size_t>(sample)].get<bool>());
    }
    const auto metric = metric_of(graft::mask_target("street", names));
    update(*metric, given, {truth, present});
    const auto values = scores(*metric);
    check_equal(values.at("miou"), golden["miou"]);
    check_equal(values.at("pixel_accuracy"), golden["pixel_accuracy"]);
    const auto table = metric->compute().tables.at(0);
    for (std::size_t index = 0; index < names.size(); ++index) {
        CAPTURE(index);
        check_equal(values.at("iou/" + names[index]), golden["iou"][index]);
        check_equal(table.values[index][0], golden["iou"][index]);
        check_equal(table.values[index][1], golden["precision"][index]);
        check_equal(table.values[index][2], golden["recall"][index]);
        check_equal(table.values[index][3], golden["share"][index]);
    }

    const auto other = golden_of("dense_scores.json")["masks"];
    CHECK(std::abs(values.at("miou") - other["miou"].get<double>()) < 1e-6);
    CHECK(std::abs(values.at("pixel_accuracy") - other["pixel_accuracy"].get<double>()) < 1e-6);
    for (std::size_t index = 0; index < names.size(); ++index) {
        CAPTURE(index);
        const double precision = table.values[index][1];
        const double recall = table.values[index][2];
        if (std::isnan(table.values[index][0])) {  // the class is nowhere
            CHECK(other["dice"][index].is_null());
            continue;
        }
        CHECK(std::abs(table.values[index][0] - other["iou"][index].get<double>()) < 1e-6);
        const double dice = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
        CHECK(std::abs(dice - other["dice"][index].get<double>()) < 1e-6);
    }
}

TEST_CASE("mask metric equals a hand calculation: pixels of 255 and missing samples do not count") {
    const auto metric = metric_of(street());
    at::Tensor present = known(2);
    present[1].fill_(false);
    update(*metric, mask_said(bytes({0, 1, 1, 1, 2, 2, 2, 2})), {bytes({0, 0, 1, 255, 0, 9, 0, 0}), present});
    const auto values = scores(*metric);
    CHECK(values.at("iou/road") == doctest::Approx(1.0 / 2));
    CHECK(values.at("iou/car") == doctest::Approx(1.0 / 2));
    CHECK(std::isnan(values.at("iou/sky")));  // nowhere in what counts
    CHECK(values.at("miou") == doctest::Approx(1.0 / 2));
    CHECK(values.at("pixel_accuracy") == doctest::Approx(2.0 / 3));
}

TEST_CASE("mask metric: a class that is only predicted counts as 0, without pixels there is no score") {
    const auto metric = metric_of(street());
    CHECK(std::isnan(scores(*metric).at("miou")));
    update(*metric, mask_said(bytes({0, 0, 0, 2})), {bytes({0, 0, 0, 0}), known(1)});
    CHECK(scores(*metric).at("iou/sky") == 0);
    CHECK(scores(*metric).at("miou") == doctest::Approx((3.0 / 4 + 0) / 2));
}

TEST_CASE("mask metric refuses classes, shapes and types that are not its own") {
    const auto metric = metric_of(street());
    const at::Tensor given = mask_said(bytes({0, 0, 0, 0}));
    CHECK_THROWS_WITH_AS(update(*metric, given, {bytes({0, 3, 0, 0}), known(1)}),
                         "mask metric, targets: class 3 came, but there are 3 classes (0 to 2)",
                         graft::Error);
    CHECK_THROWS_WITH_AS(
        update(*metric, given.slice(3, 0, 1), {bytes({0, 0, 0, 0}), known(1)}),
        "mask metric, probabilities: shapes [1, 3, 2, 1] and [1, 3, 2, 2] differ; they must be "
        "equal, nothing is broadcast",
        graft::Error);
    CHECK_THROWS_AS(update(*metric, given.slice(1, 0, 2), {bytes({0, 0, 0, 0}), known(1)}), graft::Error);
    CHECK_THROWS_AS(update(*metric, given, {bytes({0, 0, 0, 0}), known(1).unsqueeze(1)}), graft::Error);
    CHECK_THROWS_WITH_AS(
        update(*metric, given, {bytes({0, 0, 0, 0}).to(at::kLong), known(1)}),
        "mask metric, targets: they are Long of shape [1, 2, 2]; they must be Byte of [samples, "
        "height, width]",
        graft::Error);
    CHECK(std::isnan(scores(*metric).at("pixel_accuracy")));  // nothing was added on the way
}
