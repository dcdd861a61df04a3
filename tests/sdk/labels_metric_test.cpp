// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The labels metric against numbers worked out by hand.
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

std::unique_ptr<graft::Metric> labels_metric() {
    return metric_of(graft::labels_target("traits", {"hat", "beard", "glasses"}));
}

/// Four samples. hat: all known; beard: the second unknown; glasses: never there, once chosen.
const at::Tensor label_outputs =
    at::tensor({0.9, 0.2, 0.1, 0.8, 0.9, 0.2, 0.3, 0.6, 0.7, 0.6, 0.5, 0.3}).view({4, 3});
const at::Tensor label_truth =
    at::tensor({1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0}).view({4, 3});

graft::Column target() {
    at::Tensor present = at::ones({4, 3}, at::kBool);
    present[1][1].fill_(false);
    return {label_truth, present};
}

}  // namespace

TEST_CASE("labels metric equals a hand calculation; an unknown label does not count, its neighbours do") {
    const auto labels = labels_metric();
    update(*labels, label_outputs, target());
    const auto values = scores(*labels);
    // hat, by probability: .9 true, .8 false, .6 true, .3 true (below one half: not chosen).
    CHECK(values.at("precision/hat") == doctest::Approx(2.0 / 3));
    CHECK(values.at("recall/hat") == doctest::Approx(2.0 / 3));
    CHECK(values.at("average_precision/hat") == doctest::Approx((1.0 + 2.0 / 3 + 3.0 / 4) / 3));
    // beard, without the unknown .9: .6 true, .5 false (one half is chosen), .2 false.
    CHECK(values.at("precision/beard") == doctest::Approx(1.0 / 2));
    CHECK(values.at("recall/beard") == doctest::Approx(1));
    CHECK(values.at("f1/beard") == doctest::Approx(2.0 / 3));
    CHECK(values.at("average_precision/beard") == doctest::Approx(1));
    // glasses: chosen once, wrongly; nobody wears any, so there is no average precision.
    CHECK(values.at("precision/glasses") == 0);
    CHECK(values.at("recall/glasses") == 0);
    CHECK(std::isnan(values.at("average_precision/glasses")));
    CHECK(values.at("accuracy") == doctest::Approx((2.0 + 2 + 3) / 11));  // of all known entries
    CHECK(values.at("f1") == doctest::Approx((2.0 / 3 + 2.0 / 3 + 0) / 3));
    CHECK(values.at("mean_average_precision") == doctest::Approx(((1.0 + 2.0 / 3 + 3.0 / 4) / 3 + 1) / 2));
}

TEST_CASE("equal probabilities share a threshold: their order does not change the average precision") {
    for (const bool turned : {false, true}) {
        const auto labels = labels_metric();
        const at::Tensor one = at::tensor({1.0, 0.0, 0.0}).unsqueeze(1).expand({3, 3});
        update(*labels, at::full({3, 3}, 0.4), {turned ? one.flip(0) : one, at::ones({3, 3}, at::kBool)});
        CHECK(scores(*labels).at("average_precision/hat") == doctest::Approx(1.0 / 3));
    }
}

TEST_CASE("labels metric: parts merged are the whole, and shapes that only broadcast are refused") {
    const auto whole = labels_metric();
    const auto part = labels_metric();
    const auto rest = labels_metric();
    update(*whole, label_outputs, target());
    update(*part, label_outputs.slice(0, 0, 1),
           {label_truth.slice(0, 0, 1), target().present.slice(0, 0, 1)});
    update(*rest, label_outputs.slice(0, 1), {label_truth.slice(0, 1), target().present.slice(0, 1)});
    part->merge(rest->state());
    CHECK(scores(*part).at("mean_average_precision") ==
          doctest::Approx(scores(*whole).at("mean_average_precision")));
    CHECK(scores(*part).at("accuracy") == doctest::Approx(scores(*whole).at("accuracy")));
    CHECK_THROWS_AS(update(*whole, label_outputs, {label_truth, at::ones({4}, at::kBool)}), graft::Error);
    CHECK_THROWS_AS(update(*whole, label_outputs, {label_truth.slice(0, 0, 1), at::ones({1, 3}, at::kBool)}),
                    graft::Error);
    CHECK_THROWS_WITH_AS(update(*whole, label_outputs.slice(1, 0, 1), target()),
                         "labels metric, probabilities: shapes [4, 1] and [4, 3] differ; they must be equal, "
                         "nothing is broadcast",
                         graft::Error);
}
