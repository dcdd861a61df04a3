// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/notes.hpp"

#include <doctest/doctest.h>

#include "core/problem.hpp"
#include "support.hpp"

using namespace graft;
using graft::test::Text;

namespace {

/// "line: message" of each note.
std::vector<std::string> notes(const Text& text) {
    const test::Interpreted read = test::interpret(text.yaml());
    CHECK(read.problems == "");
    std::vector<std::string> shown;
    for (const core::Problem& note : pipeline::notes(read.pipeline)) {
        CHECK(note.remedy != "");
        shown.push_back(std::to_string(note.place.line) + ": " + note.message);
    }
    return shown;
}

using Texts = std::vector<std::string>;

Texts of_train(const std::string& train) {
    Text text;
    text.train = "train: {" + train + "}";
    return notes(text);
}

}  // namespace

// Proves: a pipeline that means all that it says is left in peace.
TEST_CASE("nothing to note") {
    CHECK(notes({}) == Texts{});
    CHECK(of_train("epochs: 6, schedule: {use: step, every: 2}, early_stop: {patience: 3}") == Texts{});
    CHECK(of_train("epochs: 2, schedule: {use: cosine, minimum: 0.1, warmup: 0.1}") == Texts{});
    Text text;
    text.data = "data: {use: faces, augment: [flip, {scale: [1, 1.1]}], split: {val: 0.1, seed: 3}}";
    CHECK(notes(text) == Texts{});
}

// Proves: schedules and early stops that cannot act within their phase are told; at the boundary, too. A rate
// that drops after 5 epochs drops in a phase of 6. The first epoch is the best so far, so patience 4 ends a
// phase of 6 after the fifth.
TEST_CASE("what the epochs leave no room for") {
    CHECK(
        of_train("epochs: 5, schedule: {use: step, every: 5}") ==
        Texts{"6: train.schedule.every: the learning rate drops after epoch 5, and the phase ends with epoch "
              "5"});
    CHECK(of_train("epochs: 6, schedule: {use: step, every: 5}") == Texts{});
    CHECK(of_train("epochs: 1, schedule: step") ==
          Texts{"6: train.schedule: the learning rate drops after epoch 1, and the phase ends with epoch 1"});
    CHECK(of_train("epochs: 6, schedule: {use: step, every: 2, factor: 1}").size() == 1);
    CHECK(of_train("epochs: 6, schedule: {use: cosine, minimum: 1}").size() == 1);
    CHECK(
        of_train("epochs: 6, early_stop: {patience: 5}") ==
        Texts{"6: train.early_stop.patience: it stops after epoch 6 at the soonest, and the phase ends with "
              "epoch 6"});
    CHECK(of_train("epochs: 6, early_stop: {patience: 4}") == Texts{});
    CHECK(of_train("epochs: 6, early_stop: {patience: 0, minimum_change: 0.1}").size() == 1);
}

// Proves: a default of several phases is told only when it acts in none of them, and when none takes it.
TEST_CASE("defaults beside phases") {
    CHECK(of_train("schedule: {use: step, every: 3}, phases: [{epochs: 2}, {epochs: 4}]") == Texts{});
    CHECK(of_train("schedule: {use: step, every: 4}, phases: [{epochs: 2}, {epochs: 4}]").size() == 1);
    CHECK(of_train("optimizer: sgd, phases: [{epochs: 2, optimizer: adam}]") ==
          Texts{"6: train.optimizer: every phase has its own, so no phase takes it"});
}

// Proves: the other sections.
TEST_CASE("what changes nothing") {
    Text text;
    text.data = "data: {use: faces, augment: [{flip: 0}, {scale: [1, 1]}], split: {val: 0, stratify: a}}";
    text.heads = "heads: {species: {use: classification, loss: {weight: 0}}}";
    text.train = "train: {epochs: 2, freeze: [backbone.a, backbone, backbone]}";
    text.top = "plugins: [nowhere/at/all]";
    CHECK(notes(text) ==
          Texts{"7: plugins.0: there is no folder 'nowhere/at/all', so no plugin was looked for in it",
                "3: data.split.stratify: with fractions of 0 there is nothing to divide",
                "3: data.augment: flip: 0 never mirrors a picture",
                "3: data.augment: scale: [1, 1] leaves every picture as it is",
                "5: heads.species: a loss of weight 0 is measured, and nothing learns from it",
                "6: freeze entry 'backbone.a': 'backbone' freezes it already",
                "6: freeze entry 'backbone': 'backbone' freezes it already"});
}
