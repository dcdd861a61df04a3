// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Metrics against numbers worked out by hand.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "graft/error.hpp"
#include "graft/metric.hpp"
#include "support.hpp"

using graft::test::metric_of;
using graft::test::scores;
using graft::test::update;

namespace {

graft::TargetSchema species() {
    graft::TargetSchema schema;
    schema.name = "species";
    schema.classes = {"ant", "bee", "wasp"};
    return schema;
}

graft::Column truth(std::vector<std::int64_t> classes, std::vector<bool> present) {
    at::Tensor known = at::empty({static_cast<std::int64_t>(present.size())}, at::kBool);
    for (std::size_t index = 0; index < present.size(); ++index) {
        known[static_cast<std::int64_t>(index)].fill_(present[index] ? 1 : 0);
    }
    return {at::tensor(classes, at::kLong), known};
}

at::Tensor said(std::vector<std::int64_t> classes) {
    return at::one_hot(at::tensor(classes, at::kLong), 3).to(at::kFloat);
}

}  // namespace

TEST_SUITE("smoke") {
    TEST_CASE("category metric equals a hand calculation, and a missing sample does not count") {
        const auto metric = metric_of(species());
        // truth: ant ant ant bee bee (wasp, missing); said: ant ant bee bee ant wasp
        update(*metric, said({0, 0, 1, 1}), truth({0, 0, 0, 1}, {true, true, true, true}));
        update(*metric, said({0, 2}), truth({1, 2}, {true, false}));
        const auto values = scores(*metric);
        CHECK(values.at("accuracy") == doctest::Approx(3.0 / 5));
        CHECK(values.at("precision/ant") == doctest::Approx(2.0 / 3));
        CHECK(values.at("recall/ant") == doctest::Approx(2.0 / 3));
        CHECK(values.at("precision/bee") == doctest::Approx(1.0 / 2));
        CHECK(values.at("recall/bee") == doctest::Approx(1.0 / 2));
        CHECK(std::isnan(values.at("f1/wasp")));
        CHECK(values.at("f1") == doctest::Approx((2.0 / 3 + 1.0 / 2) / 2));
        const auto confusion = metric->compute().tables.at(1);
        CHECK(confusion.values == std::vector<std::vector<double>>{{2, 1, 0}, {1, 1, 0}, {0, 0, 0}});
    }
}

// Proves, by hand: of so many classes the scores are the same, what is kept grows with the classes and not
// with their square, and a class that there is not is refused as of few.
TEST_CASE("of many classes there is no confusion matrix") {
    constexpr std::int64_t many = 20'000;
    std::vector<std::string> names;
    for (std::int64_t index = 0; index < many; ++index) {
        names.push_back(std::to_string(index));
    }
    const auto said_of = [&](const std::vector<std::int64_t>& classes) {
        return at::one_hot(at::tensor(classes, at::kLong), many).to(at::kFloat);
    };
    const auto metric = metric_of(graft::category_target("species", names));
    const auto rest = metric_of(graft::category_target("species", names));
    update(*metric, said_of({0, 0, 19'999, 19'999}), truth({0, 0, 0, 19'999}, {true, true, true, true}));
    update(*rest, said_of({0, 7}), truth({19'999, 7}, {true, false}));
    metric->merge(rest->state());
    CHECK(metric->state().at(0).numel() == 3 * many);
    const auto result = metric->compute();
    CHECK(result.tables.size() == 1);
    CHECK(result.tables.at(0).values.at(0) == std::vector<double>{2.0 / 3, 2.0 / 3, 2.0 / 3, 3});
    CHECK(result.tables.at(0).values.at(19'999) == std::vector<double>{0.5, 0.5, 0.5, 2});
    const auto values = scores(*metric);
    CHECK(values.at("accuracy") == doctest::Approx(3.0 / 5));
    CHECK(values.at("f1") == doctest::Approx((2.0 / 3 + 1.0 / 2) / 2));
    CHECK_THROWS_WITH_AS(
        update(*metric, said_of({1}), truth({many}, {true})),
        "category metric, targets: class 20000 came, but there are 20000 classes (0 to 19999)", graft::Error);
}

TEST_CASE("batches cut differently give the same metric: samples count, not batches") {
    const auto whole = metric_of(species());
    const auto parts = metric_of(species());
    const auto rest = metric_of(species());
    update(*whole, said({0, 1, 2}), truth({0, 1, 1}, {true, true, true}));
    update(*parts, said({0}), truth({0}, {true}));
    update(*rest, said({1, 2}), truth({1, 1}, {true, true}));
    parts->merge(rest->state());
    CHECK(scores(*whole).at("accuracy") == scores(*parts).at("accuracy"));
    CHECK(scores(*whole).at("f1") == doctest::Approx(scores(*parts).at("f1")));
}

TEST_CASE("mean absolute error is in the unit and refuses [N] against [N, 1]") {
    graft::TargetSchema age;
    age.name = "age";
    age.kind = graft::TargetKind::scalar;
    age.unit = "years";
    const auto metric = metric_of(age);
    const auto present = at::tensor({1, 1, 0}, at::kLong).to(at::kBool);
    update(*metric, at::tensor({30.0, 40.0, 99.0}), {at::tensor({32.0, 35.0, 0.0}), present});
    const auto result = metric->compute();
    CHECK(result.scores.front().value == doctest::Approx((2.0 + 5.0) / 2));
    CHECK(result.scores.front().unit == "years");
    CHECK(result.scores.front().direction == graft::Direction::lower_is_better);
    CHECK(scores(*metric).at("rmse") == doctest::Approx(std::sqrt((4.0 + 25.0) / 2)));
    // The book's own bug: [N] minus [N, 1] is an N x N table, and its mean looks like a result.
    CHECK_THROWS_WITH_AS(
        update(*metric, at::zeros({3, 1}), {at::zeros({3}), present}),
        "scalar metric, values: shapes [3, 1] and [3] differ; they must be equal, nothing is broadcast",
        graft::Error);
}

TEST_CASE("a class that there is not is named, where the sample counts") {
    const auto metric = metric_of(species());
    CHECK_THROWS_WITH_AS(update(*metric, said({0, 1}), truth({0, 3}, {true, true})),
                         "category metric, targets: class 3 came, but there are 3 classes (0 to 2)",
                         graft::Error);
    update(*metric, said({0, 1}), truth({0, 3}, {true, false}));
    CHECK(scores(*metric).at("accuracy") == 1);
}

TEST_CASE("a metric of one target refuses the columns of a whole head") {
    const auto metric = metric_of(species());
    const graft::Column prediction{said({0}), {}};
    const graft::Column target = truth({0}, {true});
    CHECK_THROWS_WITH_AS(metric->update({prediction, prediction}, {target}),
                         "category metric: it looks at one prediction and one target, not at 2 and 1",
                         graft::Error);
    CHECK_THROWS_AS(metric->update({prediction}, {}), graft::Error);
}

TEST_CASE("a prediction for a missing number may be anything") {
    const auto metric = metric_of(graft::scalar_target("age", "years"));
    update(*metric, at::tensor({30.0, std::nan("")}), truth({32, 0}, {true, false}));
    CHECK(scores(*metric).at("mae") == 2);
}

TEST_CASE("kinds that only a head can judge have no metric") {
    CHECK(graft::default_metrics(graft::tensor_target("depth", {4, 4})).empty());
    CHECK(graft::default_metrics(graft::embedding_target("face", 128)).empty());
}

TEST_CASE("a state must have the tensors of its metric") {
    const std::string what = "metric";
    const graft::MetricState like{at::zeros({2, 2}, at::kLong), at::zeros({0}, at::kFloat)};
    graft::require_same_state({at::zeros({5, 1}, at::kLong), at::zeros({7}, at::kFloat)}, like, what);
    CHECK_THROWS_WITH_AS(graft::require_same_state({like[0]}, like, what),
                         "metric: a state of 1 tensors came, it has 2", graft::Error);
    CHECK_THROWS_WITH_AS(graft::require_same_state({like[0], at::zeros({0}, at::kDouble)}, like, what),
                         "metric: tensor 1 of a state is Double with 1 sides, it must be Float with 1 sides",
                         graft::Error);
    CHECK_THROWS_WITH_AS(graft::require_same_state({at::zeros({4}, at::kLong), like[1]}, like, what),
                         "metric: tensor 0 of a state is Long with 1 sides, it must be Long with 2 sides",
                         graft::Error);
    CHECK_THROWS_WITH_AS(graft::require_same_state({{}, like[1]}, like, what),
                         "metric: tensor 0 of a state is undefined, it must be Long with 2 sides",
                         graft::Error);
}
