// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Layers against scikit-learn's: solved_layers.json is what tools/goldens/solved_layers.py found.
#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "solve/class_means.hpp"
#include "solve/strength.hpp"

namespace graft::solve {
namespace {

using graft::core::Json;
using graft::core::parse_json;

constexpr double tolerance = 1e-7;

const Json& golden(const std::string& name) {
    static const Json all =
        parse_json(graft::core::read_file(GRAFT_TEST_SOURCE "/tests/solve/solved_layers.json"));
    return all.at(name);
}

at::Tensor vector_of(const Json& numbers) {
    return at::tensor(numbers.get<std::vector<double>>(), at::kDouble);
}

at::Tensor matrix_of(const Json& rows) {
    std::vector<at::Tensor> tensors;
    for (const Json& row : rows) {
        tensors.push_back(vector_of(row));
    }
    return at::stack(tensors);
}

Targets classes_of(const Json& labels, std::int64_t classes) {
    const at::Tensor index = at::tensor(labels.get<std::vector<std::int64_t>>(), at::kLong);
    return {Term::softmax, at::one_hot(index, classes).to(at::kDouble),
            at::ones({index.size(0), 1}, at::kDouble)};
}

LabelledFeatures labelled_features(const Json& found, const std::string& prefix = "") {
    return {matrix_of(found.at(prefix + "features")),
            classes_of(found.at(prefix + "labels"), found.at("classes").get<std::int64_t>())};
}

/// The largest difference of coefficients in features of standard deviation 1; of two outputs of a softmax
/// only the difference means anything, and scikit-learn has that alone.
double distance(const Linear& made, const Json& expected, const at::Tensor& features) {
    at::Tensor weight = made.weight;
    at::Tensor bias = made.bias;
    if (expected.at("bias").size() == 1 && bias.size(0) == 2) {
        weight = weight.slice(0, 1, 2) - weight.slice(0, 0, 1);
        bias = bias.slice(0, 1, 2) - bias.slice(0, 0, 1);
    }
    const at::Tensor scale = features.std(0, /*unbiased=*/false);
    const at::Tensor mean = features.mean(0);
    const at::Tensor other = matrix_of(expected.at("weight"));
    const at::Tensor level = bias + weight.mv(mean) - vector_of(expected.at("bias")) - other.mv(mean);
    return std::max(((weight - other) * scale).abs().max().item<double>(),
                    (level - level.mean() * (bias.size(0) > 2 ? 1 : 0)).abs().max().item<double>());
}

}  // namespace

// Proves: coefficients are scikit-learn's, for more samples than features and for fewer.
TEST_CASE("logistic regression of classes") {
    for (const std::string name : {"three", "two", "wide"}) {
        const Json& found = golden(name);
        const LabelledFeatures samples = labelled_features(found);
        for (const Json& fit : found.at("fits")) {
            const Solution solution = solve_at(samples, fit.at("strength").get<double>(), tolerance);
            CHECK(solution.reached);
            CHECK_MESSAGE(distance(solution.linear, fit, samples.features) < 1e-4, name, fit.at("strength"));
        }
    }
}

TEST_CASE("classes that count differently, and a truth that is spread over all of them") {
    for (const std::string name : {"three", "two", "wide"}) {
        const Json& found = golden(name);
        LabelledFeatures samples = labelled_features(found);
        const at::Tensor wanted = samples.targets.wanted;
        samples.targets.mass = 1 + wanted.argmax(1, /*keepdim=*/true).to(at::kDouble);
        CHECK(distance(solve_at(samples, 1, tolerance).linear, found.at("weighted"), samples.features) <
              1e-4);
        samples.targets.mass.fill_(1);
        samples.targets.wanted = 0.9 * wanted + 0.1 / static_cast<double>(wanted.size(1));
        CHECK(distance(solve_at(samples, 1, tolerance).linear, found.at("smoothed"), samples.features) <
              1e-4);
    }
}

// Proves: the losses of all 45 strengths on other samples, and so the choice, are scikit-learn's.
TEST_CASE("the strength is chosen on other samples or by folds") {
    REQUIRE(strengths().size() == 45);
    CHECK(strengths().front() == doctest::Approx(1e-6));
    CHECK(strengths().back() == doctest::Approx(1e5));
    for (const std::string name : {"three", "two", "wide"}) {
        const Json& found = golden(name);
        const LabelledFeatures samples = labelled_features(found);
        const at::Tensor folds = at::tensor(found.at("folds").get<std::vector<std::int64_t>>(), at::kLong);
        for (const auto& [solution, key] :
             {std::pair{solve_by_judge(samples, labelled_features(found, "judge_"), tolerance),
                        "judge_losses"},
              {solve_by_folds(samples, folds, 3, tolerance), "fold_losses"}}) {
            const auto losses = found.at(key).get<std::vector<double>>();
            REQUIRE(solution.trials.size() == losses.size());
            for (std::size_t index = 0; index < losses.size(); ++index) {
                CHECK(solution.trials[index].loss == doctest::Approx(losses[index]).epsilon(1e-4));
            }
            const auto least = std::min_element(losses.begin(), losses.end()) - losses.begin();
            CHECK(solution.strength == doctest::Approx(strengths().at(static_cast<std::size_t>(least))));
            const Solution alone = solve_at(samples, solution.strength, tolerance);
            CHECK((alone.linear.weight - solution.linear.weight).abs().max().item<double>() < 1e-6);
        }
    }
}

// Proves: every label is a regression of its own, and unknown ones do not count.
TEST_CASE("logistic regression of several labels") {
    const Json& found = golden("labels");
    const at::Tensor features = matrix_of(found.at("features"));
    LabelledFeatures samples{features, {Term::sigmoid, matrix_of(found.at("wanted")), {}}};
    samples.targets.mass = at::ones_like(samples.targets.wanted);
    CHECK(distance(solve_at(samples, 0.5, tolerance).linear, found.at("fit"), features) < 1e-4);
    LabelledFeatures more{at::cat({features, features + 3}),
                          {Term::sigmoid, at::cat({samples.targets.wanted, 1 - samples.targets.wanted}),
                           at::cat({samples.targets.mass, at::zeros_like(samples.targets.mass)})}};
    CHECK(distance(solve_at(more, 0.5, tolerance).linear, found.at("fit"), features) < 1e-4);
    more.targets.mass.zero_();
    CHECK_THROWS_AS(solve_at(more, 0.5, tolerance), core::Failure);
}

TEST_CASE("ridge and absolute errors of values") {
    const Json& found = golden("values");
    const at::Tensor features = matrix_of(found.at("features"));
    LabelledFeatures samples{features, {Term::squares, matrix_of(found.at("values")), {}}};
    samples.targets.mass = at::ones_like(samples.targets.wanted);
    for (const Json& fit : found.at("ridge")) {
        CHECK(distance(solve_at(samples, fit.at("strength").get<double>(), tolerance).linear, fit, features) <
              1e-4);
    }
    samples.targets.term = Term::absolutes;
    const Solution absolute = solve_at(samples, 0.3, 1e-6);
    CHECK(absolute.reached);
    CHECK(distance(absolute.linear, found.at("absolute"), features) < 1e-4);
    // Strengths are told apart by another way, which agrees.
    const LabelledFeatures odd = samples.rows(at::arange(0, features.size(0), 2));
    const LabelledFeatures even = samples.rows(at::arange(1, features.size(0), 2));
    for (const Trial& trial : solve_by_judge(odd, even, 1e-6).trials) {
        const Solution alone = solve_at(odd, trial.strength, 1e-5);
        CHECK(mean_loss(even.targets, alone.linear.outputs(even.features)) ==
              doctest::Approx(trial.loss).epsilon(2e-3));
    }
    samples.targets.term = Term::squares;
    samples.targets.mass = vector_of(found.at("weights")).unsqueeze(1).expand_as(samples.targets.wanted);
    CHECK(distance(solve_at(samples, 0.1, tolerance).linear, found.at("weighted_ridge"), features) < 1e-4);
}

// Proves: whoever asks for an end does not wait for a minimum.
TEST_CASE("a minimum is looked for until somebody says stop") {
    const Json& found = golden("values");
    const std::atomic<bool> stop{true};
    LabelledFeatures samples{matrix_of(found.at("features")),
                             {Term::squares, matrix_of(found.at("values")), {}}};
    samples.targets.mass = at::rand_like(samples.targets.wanted);
    for (const Term term : {Term::squares, Term::absolutes}) {
        samples.targets.term = term;
        CHECK_THROWS_AS(solve_at(samples, 1, {tolerance, &stop}), Stopped);
        CHECK_THROWS_AS(solve_by_judge(samples, samples, {tolerance, &stop}), Stopped);
    }
    CHECK_THROWS_AS(solve_at(labelled_features(golden("two")), 1, {tolerance, &stop}), Stopped);
}

TEST_CASE("the nearest mean of a class") {
    for (const std::string name : {"three", "two", "wide"}) {
        const Json& found = golden(name);
        const at::Tensor judge = matrix_of(found.at("judge_features"));
        const auto choices = found.at("centroid_choices").get<std::vector<std::int64_t>>();
        const Linear layer = nearest_class_mean(labelled_features(found));
        CHECK(at::equal(layer.outputs(judge).argmax(1), at::tensor(choices, at::kLong)));
    }
    // By hand: means (1, 0) and (-1, 2); of a class without samples nothing is known.
    const at::Tensor features = at::tensor({0., 0., 2., 0., -1., 2.}, at::kDouble).view({3, 2});
    const Linear three = nearest_class_mean({features, classes_of({0, 0, 1}, 3)});
    CHECK(at::equal(three.weight.slice(0, 0, 2), at::tensor({2., 0., -2., 4.}, at::kDouble).view({2, 2})));
    CHECK(at::equal(three.bias.slice(0, 0, 2), at::tensor({-1., -5.}, at::kDouble)));
    CHECK((three.outputs(features).argmax(1) != 2).all().item<bool>());
    const Linear one = nearest_class_mean(
        {features,
         {Term::sigmoid, at::tensor({0., 0., 1.}, at::kDouble).view({3, 1}), at::ones({3, 1}, at::kDouble)}});
    CHECK(at::equal(one.weight, at::tensor({-4., 4.}, at::kDouble).view({1, 2})));
    CHECK(at::equal(one.bias, at::tensor({-4.}, at::kDouble)));
}

// Proves: a sample whose class, or label, only it has is learnt from and judges nothing: folds say what
// judges without it say. Where that is every sample, nothing is chosen.
TEST_CASE("what the others cannot tell does not judge a strength") {
    const Json& found = golden("two");
    const LabelledFeatures two = labelled_features(found);
    const std::int64_t samples = two.features.size(0);
    const at::Tensor features = at::cat({two.features, two.features.slice(0, 0, 1) + 0.5});
    const at::Tensor lone = (at::arange(samples + 1) == samples).to(at::kDouble).unsqueeze(1);
    const at::Tensor wanted = at::cat({two.targets.wanted, at::zeros({1, 2}, at::kDouble)});
    const at::Tensor folds = at::arange(samples + 1) % 3;
    for (const Targets& targets : {Targets{Term::softmax, at::cat({wanted, lone}, 1), at::ones_like(lone)},
                                   Targets{Term::sigmoid, lone, at::ones_like(lone)}}) {
        const LabelledFeatures known{features, targets};
        const Solution solution = solve_by_folds(known, folds, 3, tolerance);
        std::vector<double> losses(45, 0);
        for (std::int64_t fold = 0; fold < 3; ++fold) {
            const at::Tensor is_judge = (folds == fold) & (lone.squeeze(1) == 0);
            const Solution one = solve_by_judge(known.rows((folds != fold).nonzero().squeeze(1)),
                                                known.rows(is_judge.nonzero().squeeze(1)), tolerance);
            for (std::size_t index = 0; index < losses.size(); ++index) {
                losses[index] += one.trials[index].loss / 3;
            }
        }
        for (std::size_t index = 0; index < losses.size(); ++index) {
            CHECK(solution.trials[index].loss == doctest::Approx(losses[index]).epsilon(1e-6));
        }
    }
    const LabelledFeatures alone{features.slice(0, 0, 3),
                                 {Term::softmax, at::eye(3, at::kDouble), at::ones({3, 1}, at::kDouble)}};
    CHECK_THROWS_AS(solve_by_folds(alone, at::arange(3), 3, tolerance), core::Failure);
    const LabelledFeatures value{
        features.slice(0, 0, 1),
        {Term::squares, at::ones({1, 1}, at::kDouble), at::ones({1, 1}, at::kDouble)}};
    CHECK_THROWS_AS(solve_by_folds(value, at::zeros({1}, at::kLong), 3, tolerance), core::Failure);
}

// Proves: where all samples have the same features, or there is one, the best constant is found (mean,
// median, logarithm of the odds: by hand), and nothing divides by the numbers that a direction would have
// held.
TEST_CASE("features that are all alike") {
    const at::Tensor features = at::full({4, 3}, 2.5, at::kDouble);
    const at::Tensor is_last = at::tensor({0., 0., 0., 1.}, at::kDouble).view({4, 1});
    const at::Tensor ones = at::ones({4, 1}, at::kDouble);
    const auto bias = [&](const Targets& targets) {
        const Solution solution = solve_at({features, targets}, 1, tolerance);
        CHECK(solution.linear.weight.abs().max().item<double>() < 1e-6);
        return solution.linear.bias;
    };
    const at::Tensor values = at::tensor({1., 3., 5., 8.}, at::kDouble).view({4, 1});
    CHECK(bias({Term::squares, values, ones}).item<double>() == doctest::Approx(4.25));
    CHECK(bias({Term::sigmoid, is_last, ones}).item<double>() ==
          doctest::Approx(-std::log(3.)).epsilon(1e-4));
    const double median = bias({Term::absolutes, values, ones}).item<double>();
    CHECK((median > 2.99 && median < 5.01));
    const at::Tensor classes = bias({Term::softmax, at::cat({1 - is_last, is_last}, 1), ones});
    CHECK((classes[0] - classes[1]).item<double>() == doctest::Approx(std::log(3.)).epsilon(1e-4));
    const LabelledFeatures one{features.slice(0, 0, 1),
                               {Term::squares, values.slice(0, 0, 1), ones.slice(0, 0, 1)}};
    CHECK(solve_at(one, 1, tolerance).linear.bias.item<double>() == doctest::Approx(1));
    CHECK(solve_by_judge(one, one, tolerance).trials.size() == 45);
}

// Proves: folds depend on names and seed alone, spread every stratum, and keep what is repeated together.
TEST_CASE("stratified folds") {
    std::vector<std::string> names;
    std::vector<std::int64_t> strata;
    for (std::int64_t index = 0; index < 40; ++index) {
        names.push_back("picture" + std::to_string(index % 30));  // ten of them twice
        strata.push_back(index % 30 < 10 ? 1 : 0);
    }
    const at::Tensor folds = stratified_folds(names, strata, 5, 3);
    CHECK(at::equal(folds.slice(0, 0, 10), folds.slice(0, 30, 40)));
    CHECK(at::equal(at::bincount(folds.slice(0, 0, 10)), at::full({5}, 2, at::kLong)));
    CHECK(at::equal(at::bincount(folds.slice(0, 10, 30)), at::full({5}, 4, at::kLong)));
    CHECK_FALSE(at::equal(folds, stratified_folds(names, strata, 5, 4)));
    std::vector<std::string> reversed(names.rbegin(), names.rend());
    std::vector<std::int64_t> reversed_strata(strata.rbegin(), strata.rend());
    CHECK(at::equal(stratified_folds(reversed, reversed_strata, 5, 3), folds.flip(0)));
}

}  // namespace graft::solve
