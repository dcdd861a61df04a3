// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `class_weights: balanced`.
#include <doctest/doctest.h>

#include "model/balance.hpp"
#include "model/fixture.hpp"
#include "model/save.hpp"

using namespace graft;
using namespace graft::model;
using namespace graft::model::test;
using Weights = std::vector<double>;

namespace {

const std::string balanced = R"(
backbone: {use: toy_vit}
heads: {animal: {use: classification, loss: {use: cross_entropy, class_weights: balanced}}}
)";

std::string with_loss(const std::string& head, const std::string& loss) {
    return "backbone: {use: toy_vit}\nheads: {h: {" + head + ", loss: {" + loss + "}}}\n";
}

}  // namespace

// scikit-learn 1.9: compute_class_weight("balanced", classes=np.unique(y), y=y) for y = [0]*6 + [1]*3 + [2]*1
// and y = [0]*124 + [1]*121 (tools/goldens/class_weights.py).
TEST_CASE("balanced weights are scikit-learn's; a class without samples counts as nothing else") {
    const auto close = [](const Weights& got, const Weights& expected) {
        REQUIRE(got.size() == expected.size());
        for (std::size_t index = 0; index < got.size(); ++index) {
            CHECK(got[index] == doctest::Approx(expected[index]).epsilon(1e-12));
        }
    };
    close(balanced_weights({6, 3, 1}), {0.5555555555555556, 1.1111111111111112, 3.3333333333333335});
    close(balanced_weights({124, 121}), {0.9879032258064516, 1.012396694214876});
    close(balanced_weights({6, 0, 3, 1}), {0.5555555555555556, 1, 1.1111111111111112, 3.3333333333333335});
}

TEST_CASE("a balanced loss waits for the counts, and is saved with its numbers") {
    Model model = sound(balanced, {animals()});
    CHECK(model.heads()[0].losses[0].balanced == std::vector<std::string>{"class_weights"});
    const auto counts = [](std::size_t) { return std::vector<std::int64_t>{1, 3}; };
    const core::Json told = balance(model, registry(), 0, nullptr, counts);
    CHECK(told.dump() == R"({"animal":{"class_weights":[2.0,0.6666666666666666]}})");
    CHECK(model.heads()[0].losses[0].options.reals("class_weights") == Weights{2, 2.0 / 3});
    CHECK(balance(model, registry(), 0, nullptr, counts).empty());  // nothing waits any more
    const TemporaryFolder folder;
    save_model(model, folder.path().string());
    CHECK(
        load_model(folder.path().string(), registry()).heads()[0].losses[0].options.reals("class_weights") ==
        Weights{2, 2.0 / 3});
}

TEST_CASE("what a run recorded is used again, where it fits") {
    for (const bool fits : {true, false}) {
        Model model = sound(balanced, {animals()});
        const core::Json recorded = {{"animal", {{"class_weights", fits ? Weights{5, 6} : Weights{5}}}}};
        balance(model, registry(), 0, recorded, [](std::size_t) { return std::vector<std::int64_t>{1, 1}; });
        CHECK(model.heads()[0].losses[0].options.reals("class_weights") ==
              (fits ? Weights{5, 6} : Weights{1, 1}));
    }
}

TEST_CASE("balanced, misspelt or where there are no classes") {
    core::Problems problems;
    composed(with_loss("use: classification", "use: cross_entropy, class_weights: balance"), {animals()},
             problems);
    CHECK(texts(problems) ==
          std::vector<std::string>{
              "heads.h.loss.class_weights is balance; must be a list of numbers, each above 0, or "
              "balanced | did you mean 'balanced'?"});
    problems.clear();
    composed(with_loss("use: toy_segmenter", "use: cross_entropy, class_weights: balanced"),
             {mask_target("mask", {"a", "b"})}, problems);
    CHECK_FALSE(texts(problems).empty());
}
