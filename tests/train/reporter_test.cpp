// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/reporter.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace {

using graft::core::Event;
using graft::core::Json;
using graft::train::Reporter;
using graft::train::RunPosition;

struct Kept : graft::core::EventSink {
    void emit(const Event& event) override { events.push_back(event); }
    std::vector<Event> events;
};

}  // namespace

// Proves: speed and remaining time are what the position says: steps not taken at the speed of those taken,
// and an evaluation for this epoch and each that comes.
TEST_CASE("progress tells speed and what is left") {
    Kept kept;
    Reporter reporter(kept, [] { return 5.0; });
    reporter.evaluated(3);
    const RunPosition position{.epoch = 2, .epochs = 4, .step = 5, .steps = 20, .samples = 40, .seconds = 10};
    reporter.stepped(position, [] { return 0.25; });
    REQUIRE(kept.events.size() == 1);
    CHECK(kept.events[0].name == "progress");
    CHECK(kept.events[0].fields == Json{{"epoch", 2},
                                        {"epochs", 4},
                                        {"step", 5},
                                        {"steps", 20},
                                        {"images_per_second", 4.0},
                                        {"eta_seconds", 55 * 2.0 + 3 * 3.0},
                                        {"loss", 0.25}});
}

// Proves: the first step is told, then five a second, and only for those is the loss fetched.
TEST_CASE("fast steps are not all told") {
    Kept kept;
    double now = 100;
    int losses = 0;
    Reporter reporter(kept, [&now] { return now; });
    for (int step = 0; step < 65; ++step, now += 1.0 / 64) {
        reporter.stepped({.epoch = 1, .epochs = 1, .step = step, .steps = 65, .samples = 0, .seconds = 0},
                         [&losses] { return static_cast<double>(++losses); });
    }
    std::vector<int> told;
    for (const Event& event : kept.events) {
        told.push_back(event.fields["step"].get<int>());
    }
    CHECK(told == std::vector<int>{0, 13, 26, 39, 52});  // 13 / 64 of a second is the first beyond a fifth
    CHECK(losses == 5);
}
