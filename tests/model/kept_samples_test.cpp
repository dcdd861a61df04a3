// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Heads that keep training samples; the numbers are worked out by hand.
#include <doctest/doctest.h>

#include <cmath>

#include <ATen/ATen.h>

#include "model/fixture.hpp"
#include "support/unguarded.hpp"

using namespace graft;
using namespace graft::model::test;

namespace {

/// A head that reads vectors of two numbers.
plugin::HeadHandle make(const std::string& id, std::map<std::string, OptionValue> values,
                        const TargetSchema& target) {
    core::Problems problems;
    const plugin::ComponentHandle found = registry().find("head", id, {}, problems);
    REQUIRE(found);
    for (const OptionSpec& spec : found.options()) {
        values.emplace(spec.name, spec.fallback);
    }
    const Options options(std::move(values));
    auto head = plugin::HeadHandle::create(found, "it", options, found.head_ports(options, {target.kind}),
                                           {{{vector_feature(2), 1, 1}}, {target}, 32, 32}, {});
    head.set_training(false);
    return head;
}

at::Tensor pairs(const std::vector<double>& numbers) {
    return at::tensor(numbers).view({-1, 2}).to(at::kFloat);
}

bool is_near(const at::Tensor& left, const at::Tensor& right) {
    return left.sizes() == right.sizes() && at::allclose(left, right, 1e-5, 1e-5);
}

const at::Tensor corners = pairs({0, 0, 1, 0, 0, 1, 5, 5, 6, 5, 4, 4});

/// Two classes; of the last sample, nearest to the second query, it is not known which.
const std::vector<Column> classes{
    {at::tensor({0, 0, 0, 1, 1, 0}, at::kLong), at::tensor({1, 1, 1, 1, 1, 0}, at::kLong).to(at::kBool)}};

}  // namespace

// Proves: the vote, with one more that all classes share; samples whose class is not known are not kept, and
// places that hold none never vote.
TEST_CASE("nearest_neighbours: the nearest samples vote") {
    const at::NoGradGuard no_gradients;
    const auto head = make("nearest_neighbours", {{"neighbours", std::int64_t{3}}}, animals());
    REQUIRE(head.keeps_samples());
    CHECK_FALSE(head.basis(corners).defined());
    head.keep_samples(corners, classes);
    // All three of the first lie at the origin; of the second (5, 5), (6, 5) and, farther, (1, 0).
    const at::Tensor logits = head.forward({pairs({0.4, 0.3, 4.1, 4.0})}).front();
    CHECK(is_near(logits.exp(), pairs({3.5 / 4, 0.5 / 4, 1.5 / 4, 2.5 / 4})));
    CHECK(is_near(head.decode({logits}).front(), logits.exp()));
}

TEST_CASE("nearest_neighbours: too many samples, too few, and options that do not go together") {
    const auto four = make("nearest_neighbours",
                           {{"neighbours", std::int64_t{2}}, {"samples", std::int64_t{4}}}, animals());
    CHECK(
        failure_of([&] { four.keep_samples(corners, classes); }, core::Category::pipeline)
            .find(
                "there are 5 training samples, and nearest_neighbours keeps 4: set its option samples to at "
                "least that") != std::string::npos);
    const auto seven = make("nearest_neighbours", {{"neighbours", std::int64_t{7}}}, animals());
    CHECK(failure_of([&] { seven.keep_samples(corners, classes); }, core::Category::data)
              .find("there are 5 training samples with the target, fewer than the 7 neighbours that vote") !=
          std::string::npos);
    CHECK(failure_of(
              [&] {
                  make("nearest_neighbours", {{"neighbours", std::int64_t{7}}, {"samples", std::int64_t{4}}},
                       animals());
              },
              core::Category::pipeline)
              .find("samples is 4 and neighbours 7; it must keep at least as many as vote") !=
          std::string::npos);
}

// Proves: features are standardised over what is known, similarity is exp(-gamma d^2 / D), places that hold
// no sample count nothing, and the output is linear in the similarities.
TEST_CASE("kernel_regression: similarities to what is kept") {
    const at::NoGradGuard no_gradients;
    const auto head = make("kernel_regression",
                           {{"samples", std::int64_t{3}}, {"gamma", 0.5}, {"offset", 10.0}, {"scale", 2.0}},
                           scalar_target("age", "years"));
    // Deviations 2 and 3, means 2 and 3.
    const at::Tensor features = pairs({0, 0, 4, 6});
    head.keep_samples(features, {{at::tensor({1.0, 2.0}), at::ones({2}, at::kBool)}});
    const at::Tensor basis = head.basis(pairs({0, 0, 2, 3}));
    const double far = std::exp(-0.5 * (4 + 4) / 2);
    const double middle = std::exp(-0.5 * (1 + 1) / 2);
    CHECK(is_near(basis, at::tensor({1.0, far, 0.0, middle, middle, 0.0}).view({2, 3}).to(at::kFloat)));
    const auto parameters = head.module().named_parameters();
    const at::Tensor made = head.forward({pairs({0, 0, 2, 3})}).front();
    CHECK(is_near(made, at::addmv(parameters["last.bias"], basis, parameters["last.weight"].squeeze(0))));
    CHECK(is_near(head.decode({at::tensor({1.5})}).front(), at::tensor({13.0})));
}

TEST_CASE("kernel_regression keeps as many as it may, spread evenly, of those whose value is known") {
    const at::NoGradGuard no_gradients;
    const auto head =
        make("kernel_regression", {{"samples", std::int64_t{2}}}, scalar_target("age", "years"));
    const at::Tensor known = at::tensor({1, 1, 0, 1, 1, 1}, at::kLong).to(at::kBool);
    head.keep_samples(corners, {{at::zeros({6}), known}});
    // Of the five known ones the first and the third: each is as similar to itself as can be.
    const at::Tensor basis = head.basis(corners);
    CHECK(basis[0][0].item<double>() == doctest::Approx(1).epsilon(1e-5));
    CHECK(basis[3][1].item<double>() == doctest::Approx(1).epsilon(1e-5));
    CHECK(failure_of(
              [&] {
                  head.keep_samples(corners, {{at::zeros({6}), at::zeros({6}, at::kBool)}});
              },
              core::Category::data)
              .find("no training sample has the target") != std::string::npos);
}
