// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "insight/classification.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace {

using namespace graft::insight;

Answered category(const std::vector<int>& truth, const std::vector<Numbers>& probabilities) {
    Answered answered;
    answered.answer = {"species", "species", "category", {}, "", {}};
    answered.truth = truth;
    answered.probabilities = probabilities;
    for (std::size_t index = 0; index < probabilities[0].size(); ++index) {
        answered.answer.classes.push_back("class " + std::to_string(index));
    }
    for (const Numbers& row : probabilities) {
        const auto best = std::max_element(row.begin(), row.end());
        answered.predicted.push_back(static_cast<int>(best - row.begin()));
        answered.probability.push_back(*best);
    }
    return answered;
}

// Proves: the example of scikit-learn's documentation of confusion_matrix (y_true = [2, 0, 2, 2, 0, 1],
// y_pred = [0, 0, 2, 2, 0, 2]) comes out as printed there; scores follow from it by hand.
TEST_CASE("a confusion matrix and what follows from it") {
    Answered answered;
    answered.answer = {"x", "x", "category", {"a", "b", "c"}, "", {}};
    answered.truth = {2, 0, 2, 2, 0, 1, -1};
    answered.predicted = {0, 0, 2, 2, 0, 2, 1};
    const Confusion confusion = confusion_of(answered);
    CHECK(confusion == Confusion{{2, 0, 0}, {0, 0, 1}, {1, 0, 2}});
    const auto pairs = confused_pairs(confusion);
    REQUIRE(pairs.size() == 2);
    CHECK(pairs[0].truth == 1);
    CHECK(pairs[0].predicted == 2);
    CHECK(class_scores(confusion, 0).precision == doctest::Approx(2.0 / 3));
    CHECK(class_scores(confusion, 0).recall == 1);
    CHECK(class_scores(confusion, 2).f1 == doctest::Approx(2.0 / 3));
    CHECK(std::isnan(class_scores(confusion, 1).precision));  // nothing was taken for it
    CHECK(class_scores(confusion, 1).recall == 0);
}

// Proves: scikit-learn's own example, y_true = [0, 0, 1, 1], y_scores = [0.1, 0.4, 0.35, 0.8]: its
// documentation of roc_auc_score prints 0.75, of average_precision_score 0.83.
TEST_CASE("curves over thresholds") {
    const Answered answered = category({0, 0, 1, 1}, {{0.9, 0.1}, {0.6, 0.4}, {0.65, 0.35}, {0.2, 0.8}});
    const ThresholdCurves curves = threshold_curves(answered, 1);
    CHECK(curves.area == doctest::Approx(0.75));
    CHECK(curves.average_precision == doctest::Approx(0.8333).epsilon(1e-4));
    CHECK(curves.roc.front() == std::pair<double, double>{0, 0});
    CHECK(curves.roc.back() == std::pair<double, double>{1, 1});
    // All alike: chance, whatever the order.
    const Answered flat = category({0, 1, 0, 1}, {{0.5, 0.5}, {0.5, 0.5}, {0.5, 0.5}, {0.5, 0.5}});
    CHECK(threshold_curves(flat, 1).area == 0.5);
    CHECK(std::isnan(threshold_curves(category({0, 0}, {{0.5, 0.5}, {0.9, 0.1}}), 1).area));
}

// Proves: by hand; 0.55 and 0.6 lie in one bin, 0.95 in the last, and who does not know the truth in none.
TEST_CASE("calibration") {
    const auto bins =
        calibration_of(category({0, 1, 0, -1}, {{0.55, 0.45}, {0.6, 0.4}, {0.95, 0.05}, {0.9, 0.1}}));
    REQUIRE(bins.size() == 2);
    CHECK(bins[0].samples == 2);
    CHECK(bins[0].confidence == doctest::Approx(0.575));
    CHECK(bins[0].accuracy == 0.5);
    CHECK(bins[1].accuracy == 1);
    CHECK(calibration_error(bins) == doctest::Approx((2 * 0.075 + 0.05) / 3));
}

TEST_CASE("a cumulative curve is whole where it is short and keeps its ends where it is long") {
    CHECK(cumulative({3, unknown, 1}) == std::vector<std::pair<double, double>>{{1, 0.5}, {3, 1}});
    Numbers many;
    for (int number = 0; number < 1000; ++number) {
        many.push_back(number);
    }
    const auto curve = cumulative(many, 50);
    CHECK(curve.size() == 50);
    CHECK(curve.front().first == 0);
    CHECK(curve.back() == std::pair<double, double>{999, 1});
    CHECK(cumulative({}).empty());
}

}  // namespace
