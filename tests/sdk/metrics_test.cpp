// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Metrics against numbers worked out by hand.
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <string>

#include <ATen/ATen.h>

#include "graft/error.hpp"
#include "graft/metric.hpp"

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

graft::Column said(std::vector<std::int64_t> classes) {
    return {at::one_hot(at::tensor(classes, at::kLong), 3).to(at::kFloat), {}};
}

std::map<std::string, double> scores(const graft::Metric& metric) {
    std::map<std::string, double> values;
    for (const auto& score : metric.compute().scores) {
        values[score.name] = score.value;
    }
    return values;
}

}  // namespace

TEST_SUITE("smoke") {
    TEST_CASE("category metric equals a hand calculation, and a missing sample does not count") {
        const auto metric = std::move(graft::default_metrics(species()).front());
        // truth: ant ant ant bee bee (wasp, missing); said: ant ant bee bee ant wasp
        metric->update(said({0, 0, 1, 1}), truth({0, 0, 0, 1}, {true, true, true, true}));
        metric->update(said({0, 2}), truth({1, 2}, {true, false}));
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

TEST_CASE("batches cut differently give the same metric: samples count, not batches") {
    const auto whole = std::move(graft::default_metrics(species()).front());
    const auto parts = std::move(graft::default_metrics(species()).front());
    const auto rest = std::move(graft::default_metrics(species()).front());
    whole->update(said({0, 1, 2}), truth({0, 1, 1}, {true, true, true}));
    parts->update(said({0}), truth({0}, {true}));
    rest->update(said({1, 2}), truth({1, 1}, {true, true}));
    parts->merge(*rest);
    CHECK(scores(*whole).at("accuracy") == scores(*parts).at("accuracy"));
    CHECK(scores(*whole).at("f1") == doctest::Approx(scores(*parts).at("f1")));
}

TEST_CASE("mean absolute error is in the unit and refuses [N] against [N, 1]") {
    graft::TargetSchema age;
    age.name = "age";
    age.kind = graft::TargetKind::scalar;
    age.unit = "years";
    const auto metric = std::move(graft::default_metrics(age).front());
    const auto present = at::tensor({1, 1, 0}, at::kLong).to(at::kBool);
    metric->update({at::tensor({30.0, 40.0, 99.0}), {}}, {at::tensor({32.0, 35.0, 0.0}), present});
    const auto result = metric->compute();
    CHECK(result.scores.front().value == doctest::Approx((2.0 + 5.0) / 2));
    CHECK(result.scores.front().unit == "years");
    CHECK(result.scores.front().direction == graft::Direction::lower_is_better);
    CHECK(scores(*metric).at("rmse") == doctest::Approx(std::sqrt((4.0 + 25.0) / 2)));
    // The book's own bug: [N] minus [N, 1] is an N x N table, and its mean looks like a result.
    CHECK_THROWS_WITH_AS(
        metric->update({at::zeros({3, 1}), {}}, {at::zeros({3}), present}),
        "scalar metric, values: shapes [3, 1] and [3] differ; they must be equal, nothing is broadcast",
        graft::Error);
}
