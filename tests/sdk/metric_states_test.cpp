// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Any split of the samples, merged in any order, gives the same value: tried over every default metric.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "graft/error.hpp"
#include "graft/metric.hpp"
#include "support.hpp"

using graft::test::metric_of;

namespace {

constexpr std::int64_t samples = 40;

/// A target of a kind, with all predictions and targets.
struct Data {
    graft::TargetSchema schema;
    at::Tensor given;
    graft::Column target;
};

at::Tensor some_of(at::IntArrayRef shape) {
    return at::rand(shape) < 0.8;
}

/// Around three corners, so that some are found; scores of one digit, so that many are equal.
at::Tensor boxes(std::int64_t count) {
    const at::Tensor corner =
        at::randint(3, {samples, count, 1}).to(at::kFloat) * 30 + at::rand({samples, count, 2}) * 4;
    const at::Tensor class_index = at::randint(3, {samples, count, 1}).to(at::kFloat);
    const at::Tensor score = at::randint(-3, 10, {samples, count, 1}).to(at::kFloat) / 10;
    return at::cat({corner, corner + 20, class_index, score}, 2);
}

std::vector<Data> all_data() {
    at::manual_seed(3);
    const std::vector<std::string> classes{"ant", "bee", "wasp"};
    graft::TargetSchema face = graft::points_target("face", 4);
    face.ruler = {0, 1};
    const at::Tensor positions = at::rand({samples, 4, 2}) * 100;
    at::Tensor mask = at::randint(3, {samples, 5, 7}).to(at::kByte);
    mask.masked_fill_(at::rand(mask.sizes()) < 0.1, graft::ignored_class);
    const at::Tensor true_boxes = boxes(5);
    true_boxes.select(2, graft::box::state) = at::randint(-1, 2, {samples, 5}).to(at::kFloat);
    return {
        {graft::category_target("species", classes),
         at::rand({samples, 3}),
         {at::randint(3, {samples}).to(at::kLong), some_of({samples})}},
        {graft::labels_target("traits", classes),
         at::randint(10, {samples, 3}).to(at::kFloat) / 10,  // many are equal
         {at::randint(2, {samples, 3}).to(at::kFloat), some_of({samples, 3})}},
        {graft::scalar_target("age", "years"),
         at::rand({samples}) * 80,
         {at::rand({samples}) * 80, some_of({samples})}},
        {face, positions + at::randn(positions.sizes()), {positions, some_of({samples, 4})}},
        {graft::mask_target("street", classes), at::rand({samples, 3, 5, 7}), {mask, some_of({samples})}},
        {graft::boxes_target("animals", classes), boxes(8), {true_boxes, some_of({samples})}},
    };
}

void add(graft::Metric& metric, const Data& data, const at::Tensor& chosen) {
    metric.update(
        {{data.given.index_select(0, chosen), {}}},
        {{data.target.values.index_select(0, chosen), data.target.present.index_select(0, chosen)}});
}

void check_same(double value, double wanted) {
    if (std::isnan(wanted)) {
        CHECK(std::isnan(value));
    } else {
        CHECK(std::abs(value - wanted) <= 1e-12 * std::abs(wanted));
    }
}

void check_same(const graft::MetricResult& result, const graft::MetricResult& wanted) {
    REQUIRE(result.scores.size() == wanted.scores.size());
    for (std::size_t index = 0; index < wanted.scores.size(); ++index) {
        CAPTURE(wanted.scores[index].name);
        CHECK(result.scores[index].name == wanted.scores[index].name);
        check_same(result.scores[index].value, wanted.scores[index].value);
    }
    REQUIRE(result.tables.size() == wanted.tables.size());
    for (std::size_t table = 0; table < wanted.tables.size(); ++table) {
        for (std::size_t row = 0; row < wanted.tables[table].values.size(); ++row) {
            for (std::size_t column = 0; column < wanted.tables[table].columns.size(); ++column) {
                check_same(result.tables[table].values[row][column],
                           wanted.tables[table].values[row][column]);
            }
        }
    }
}

/// The states of a random number of metrics that shared the samples, each in random batches; some see none.
std::vector<graft::MetricState> random_parts(const Data& data, std::mt19937& random) {
    std::vector<std::unique_ptr<graft::Metric>> parts(1 + random() % 6);
    for (auto& part : parts) {
        part = metric_of(data.schema);
    }
    const at::Tensor order = at::randperm(samples);
    for (std::int64_t first = 0; first < samples;) {
        const auto last = std::min<std::int64_t>(samples, first + random() % 8);  // may be empty
        const std::size_t part = random() % parts.size() / 2 * 2;  // those at odd places stay empty
        add(*parts[part], data, order.slice(0, first, last));
        first = last;
    }
    std::vector<graft::MetricState> states;
    for (const auto& part : parts) {
        states.push_back(part->state());
    }
    std::shuffle(states.begin(), states.end(), random);
    return states;
}

/// Saved and loaded again.
graft::MetricState reloaded(const Data& data, const graft::MetricState& state) {
    const auto fresh = metric_of(data.schema);
    fresh->merge(state);
    return fresh->state();
}

}  // namespace

TEST_CASE("any split of the samples, merged in any order, gives the same value") {
    std::mt19937 random(7);
    for (const Data& data : all_data()) {
        CAPTURE(data.schema.name);
        const auto whole = metric_of(data.schema);
        add(*whole, data, at::arange(samples));
        const auto wanted = whole->compute();
        CHECK(std::isfinite(wanted.scores.at(0).value));
        for (int trial = 0; trial < 20; ++trial) {
            const auto merged = metric_of(data.schema);
            for (const graft::MetricState& state : random_parts(data, random)) {
                merged->merge(random() % 2 == 0 ? state : reloaded(data, state));
            }
            check_same(merged->compute(), wanted);
        }
    }
}

TEST_CASE("every kind that has a default metric is tried here") {
    std::vector<graft::TargetKind> kinds;
    for (const Data& data : all_data()) {
        kinds.push_back(data.schema.kind);
    }
    for (int kind = 0; kind <= static_cast<int>(graft::TargetKind::embedding); ++kind) {
        const auto schema = graft::make_target("any", static_cast<graft::TargetKind>(kind));
        const bool tried = std::find(kinds.begin(), kinds.end(), schema.kind) != kinds.end();
        CHECK(graft::default_metrics(schema).empty() != tried);
    }
}

TEST_CASE("a state is a copy: it stays as it is when its metric goes on, and so do the columns") {
    for (const Data& data : all_data()) {
        CAPTURE(data.schema.name);
        const auto metric = metric_of(data.schema);
        Data own{data.schema, data.given.clone(), {data.target.values.clone(), data.target.present.clone()}};
        metric->update({{own.given, {}}}, {own.target});
        const auto wanted = metric->compute();
        own.given.zero_();  // a buffer that its owner fills anew
        own.target.values.zero_();
        own.target.present.zero_();
        check_same(metric->compute(), wanted);
        const auto state = metric->state();
        add(*metric, data, at::arange(samples / 2));
        const auto fresh = metric_of(data.schema);
        fresh->merge(state);
        check_same(fresh->compute(), wanted);
        fresh->merge(state);
        CHECK(fresh->state().size() == state.size());
    }
}

TEST_CASE("the state of another kind, or of other classes, is refused") {
    const auto data = all_data();
    for (const Data& one : data) {
        for (const Data& other : data) {
            const bool alike = one.schema.kind == other.schema.kind ||
                               (one.schema.classes == other.schema.classes &&
                                std::min(one.schema.kind, other.schema.kind) == graft::TargetKind::category &&
                                std::max(one.schema.kind, other.schema.kind) == graft::TargetKind::mask);
            if (!alike) {
                CAPTURE(one.schema.name);
                CAPTURE(other.schema.name);
                CHECK_THROWS_AS(metric_of(one.schema)->merge(metric_of(other.schema)->state()), graft::Error);
            }
        }
        if (!one.schema.classes.empty()) {
            graft::TargetSchema longer = one.schema;
            longer.classes.push_back("hornet");
            CHECK_THROWS_AS(metric_of(one.schema)->merge(metric_of(longer)->state()), graft::Error);
        }
    }
}
