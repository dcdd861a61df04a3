// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/monitor.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "toys.hpp"

namespace graft::test {

TEST_CASE("monitors are losses and every score of every head") {
    const std::vector<std::string> names = train::monitor_names(*toy_model({.with_age = true}));
    CHECK(names == std::vector<std::string>{
                       "val/loss", "val/species/accuracy", "val/species/precision", "val/species/recall",
                       "val/species/f1", "val/species/precision/ant", "val/species/recall/ant",
                       "val/species/f1/ant", "val/species/precision/bee", "val/species/recall/bee",
                       "val/species/f1/bee", "val/age/mae", "val/age/rmse", "train/loss"});
}

TEST_CASE("an unknown monitor is a problem at its place, with the nearest and all others") {
    const auto model = toy_model({.with_age = true});
    pipeline::Train train;
    train.monitor = "val/species/acuracy";
    train.monitor_place = {"ants.yaml", 9, 12, "  monitor: val/species/acuracy"};
    core::Problems problems;
    train::check_monitor(*model, train, problems);
    REQUIRE(problems.size() == 1);
    CHECK(core::render(problems) ==
          "ants.yaml:9:12: train.monitor is 'val/species/acuracy', which this pipeline does not measure\n"
          "    monitor: val/species/acuracy\n"
          "             ^\n"
          "  did you mean 'val/species/accuracy'? it measures: val/loss, val/species/accuracy, "
          "val/species/precision, "
          "val/species/recall, val/species/f1, val/species/precision/ant, val/species/recall/ant, "
          "val/species/f1/ant, "
          "val/species/precision/bee, val/species/recall/bee, val/species/f1/bee, val/age/mae, val/age/rmse, "
          "train/loss");
    CHECK(failure_text([&] { train::find_monitor(*model, train); }) == core::render(problems));
    train.monitor = "val/age/mae";
    problems.clear();
    train::check_monitor(*model, train, problems);
    CHECK(problems.empty());
    CHECK(train::find_monitor(*model, train).direction == Direction::lower_is_better);
    train.monitor = "val/species/f1";
    CHECK(train::find_monitor(*model, train).direction == Direction::higher_is_better);
}

TEST_CASE("what is better depends on the direction; NaN is never better") {
    const train::Monitor loss;
    const train::Monitor accuracy{false, {"x", "", "accuracy"}, Direction::higher_is_better};
    CHECK(loss.text() == "val/loss");
    CHECK(accuracy.text() == "val/x/accuracy");
    CHECK(train::Monitor{true}.text() == "train/loss");
    CHECK(loss.improves(1, 2));
    CHECK(!loss.improves(2, 2));
    CHECK(!loss.improves(1.95, 2, 0.1));
    CHECK(accuracy.improves(2, 1));
    CHECK(!accuracy.improves(1, 1));
    CHECK(!accuracy.improves(1.05, 1, 0.1));
    CHECK(!loss.improves(NAN, 2));
    CHECK(loss.improves(NAN, std::nullopt));
    CHECK(loss.improves(2, NAN));
    CHECK(!loss.improves(NAN, NAN));
}

TEST_CASE("patience counts epochs that did not improve enough") {
    const train::Monitor loss;
    const pipeline::EarlyStop rule{2, 0.1};
    train::Patience patience;
    CHECK(!patience.exhausted(loss, rule, 1.0));
    CHECK(!patience.exhausted(loss, rule, 0.95));
    CHECK(!patience.exhausted(loss, rule, 0.8));
    CHECK(!patience.exhausted(loss, rule, 0.9));
    CHECK(patience.exhausted(loss, rule, 0.75));
    train::Patience endless;
    for (int epoch = 0; epoch < 9; ++epoch) {
        CHECK(!endless.exhausted(loss, {0, 0}, 1.0));
    }
}

}  // namespace graft::test
