// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Losses against torch's own functions, and the mean that the host makes of them.
#include <doctest/doctest.h>

#include <ATen/ATen.h>

#include "graft/error.hpp"
#include "model/fixture.hpp"
#include "support/unguarded.hpp"

using namespace graft;
using namespace graft::model::test;

namespace {

std::shared_ptr<Loss> make(const std::string& id, const std::map<std::string, OptionValue>& given) {
    core::Problems problems;
    const plugin::ComponentHandle found = registry().find("loss", id, {}, problems);
    REQUIRE(found);
    const Component& component = plugin::Unguarded::component(found);
    std::map<std::string, OptionValue> values;
    for (const OptionSpec& spec : component.options()) {
        const auto own = given.find(spec.name);
        values.emplace(spec.name, own == given.end() ? spec.fallback : own->second);
    }
    return component.loss->create(Options(values), {});
}

double mean_of(const LossValue& value) {
    return ((value.loss * value.weight).sum() / value.weight.sum()).item<double>();
}

double largest_difference(const at::Tensor& left, const at::Tensor& right) {
    REQUIRE(left.sizes() == right.sizes());
    return (left - right).abs().max().item<double>();
}

struct Sample {
    at::Tensor logits;
    Column target;
};

Sample classes_of(std::int64_t count, std::int64_t classes) {
    at::manual_seed(5);
    return {at::randn({count, classes}) * 3,
            {at::randint(classes, {count}, at::kLong), at::ones({count}, at::kBool)}};
}

}  // namespace

TEST_CASE("cross_entropy is torch's, per sample and in the weighted mean") {
    const Sample sample = classes_of(16, 5);
    const std::vector<double> weights{1, 2, 0.5, 4, 1.5};
    for (const double smoothing : {0.0, 0.1}) {
        for (const bool weighted : {false, true}) {
            CAPTURE(smoothing);
            CAPTURE(weighted);
            const auto loss = make(
                "cross_entropy",
                {{"smoothing", smoothing}, {"class_weights", weighted ? weights : std::vector<double>{}}});
            const LossValue value = loss->forward({sample.logits}, {sample.target});
            const at::Tensor given =
                weighted ? at::tensor(weights, at::kDouble).to(at::kFloat) : at::Tensor();
            const auto torch_loss = [&](at::Reduction::Reduction reduction) {
                return at::cross_entropy_loss(sample.logits, sample.target.values, given, reduction, -100,
                                              smoothing);
            };
            CHECK(largest_difference(value.loss * value.weight, torch_loss(at::Reduction::None)) < 1e-5);
            CHECK(mean_of(value) ==
                  doctest::Approx(torch_loss(at::Reduction::Mean).item<double>()).epsilon(1e-5));
        }
    }
}

TEST_CASE("cross_entropy leaves missing targets out of the mean") {
    Sample sample = classes_of(6, 3);
    const auto loss = make("cross_entropy", {});
    const at::Tensor first = sample.logits.slice(0, 0, 3);
    const double wanted =
        mean_of(loss->forward({first}, {{sample.target.values.slice(0, 0, 3), at::ones({3}, at::kBool)}}));
    sample.target.present.slice(0, 3, 6).fill_(false);
    CHECK(mean_of(loss->forward({sample.logits}, {sample.target})) == doctest::Approx(wanted));
}

TEST_CASE("losses refuse shapes that would only broadcast and weights of another count") {
    const Sample sample = classes_of(4, 3);
    const auto cross_entropy = make("cross_entropy", {});
    const Column column{sample.target.values.unsqueeze(1), sample.target.present.unsqueeze(1)};
    CHECK_THROWS_WITH_AS(cross_entropy->forward({sample.logits}, {column}),
                         "cross_entropy: logits must be [N, K] and targets [N]; got [4, 3] and [4, 1]",
                         Error);
    const auto bce = make("bce", {});
    CHECK_THROWS_AS(bce->forward({at::zeros({4, 1})}, {{at::zeros({4}), at::ones({4}, at::kBool)}}), Error);
    CHECK_THROWS_AS(bce->forward({at::zeros({4, 1})}, {{at::zeros({4, 1}), at::ones({1}, at::kBool)}}),
                    Error);
    const auto weighted = make("cross_entropy", {{"class_weights", std::vector<double>{1, 2}}});
    CHECK_THROWS_WITH_AS(
        weighted->forward({sample.logits}, {sample.target}),
        "class_weights has 2 numbers, but there are 3 classes; give one a class, in the order of the classes",
        Error);
}

TEST_CASE("bce is torch's mean over the entries, known ones only") {
    at::manual_seed(6);
    const at::Tensor logits = at::randn({8, 3}) * 4;
    const at::Tensor truth = at::randint(2, {8, 3}).to(at::kFloat);
    for (const double positive : {1.0, 2.5}) {
        CAPTURE(positive);
        const auto loss = make("bce", {{"positive_weight", positive}});
        const auto torch_loss = [&](const at::Tensor& x, const at::Tensor& y) {
            return at::binary_cross_entropy_with_logits(x, y, {}, at::full({1}, positive),
                                                        at::Reduction::Mean)
                .item<double>();
        };
        const LossValue whole = loss->forward({logits}, {{truth, at::ones({8}, at::kBool)}});
        CHECK(mean_of(whole) == doctest::Approx(torch_loss(logits, truth)).epsilon(1e-5));
        CHECK(largest_difference(whole.weight, at::ones({8})) == 0);
        const at::Tensor known = at::rand({8, 3}).gt(0.4);
        const LossValue part = loss->forward({logits}, {{truth, known}});
        CHECK(mean_of(part) ==
              doctest::Approx(torch_loss(logits.masked_select(known), truth.masked_select(known)))
                  .epsilon(1e-5));
    }
}

TEST_CASE("l1, mse and smooth_l1 are torch's means over the known entries, of numbers and of points") {
    at::manual_seed(8);
    const auto torch_loss = [](const std::string& id, const at::Tensor& x, const at::Tensor& y) {
        return (id == "l1"    ? at::l1_loss(x, y)
                : id == "mse" ? at::mse_loss(x, y)
                              : at::smooth_l1_loss(x, y, at::Reduction::Mean, 0.3))
            .item<double>();
    };
    for (const std::string id : {"l1", "mse", "smooth_l1"}) {
        CAPTURE(id);
        const auto loss = make(id, {{"beta", 0.3}});
        const at::Tensor numbers = at::randn({9});
        const at::Tensor true_numbers = at::randn({9});
        const at::Tensor known_numbers = at::rand({9}).gt(0.4);
        CHECK(mean_of(loss->forward({numbers}, {{true_numbers, known_numbers}})) ==
              doctest::Approx(torch_loss(id, numbers.masked_select(known_numbers),
                                         true_numbers.masked_select(known_numbers)))
                  .epsilon(1e-5));
        const at::Tensor points = at::randn({5, 4, 2});
        const at::Tensor true_points = at::randn({5, 4, 2});
        const at::Tensor known_points = at::rand({5, 4}).gt(0.4);
        const at::Tensor both = known_points.unsqueeze(2).expand({5, 4, 2});
        const LossValue value = loss->forward({points}, {{true_points, known_points}});
        CHECK(mean_of(value) ==
              doctest::Approx(torch_loss(id, points.masked_select(both), true_points.masked_select(both)))
                  .epsilon(1e-5));
        CHECK(largest_difference(value.weight, known_points.to(at::kFloat).mean(1)) < 1e-6);
    }
}

TEST_CASE("losses of values refuse another shape and a presence that would only broadcast") {
    const at::Tensor known = at::ones({4}, at::kBool);
    for (const std::string id : {"l1", "mse", "smooth_l1"}) {
        const auto loss = make(id, {});
        CHECK_THROWS_WITH_AS(
            loss->forward({at::zeros({4, 1})}, {{at::zeros({4}), known}}),
            (id + ", outputs and encoded targets: shapes [4, 1] and [4] differ; they must be "
                  "equal, nothing is broadcast")
                .c_str(),
            Error);
        CHECK_THROWS_WITH_AS(
            loss->forward({at::zeros({4, 2})}, {{at::zeros({4, 2}), known.unsqueeze(1)}}),
            (id + ": presence [4, 1] must have the leading dimensions of the values [4, 2]").c_str(), Error);
        CHECK_THROWS_AS(loss->forward({at::zeros({4})}, {{at::zeros({4}), known.unsqueeze(1)}}), Error);
    }
}
