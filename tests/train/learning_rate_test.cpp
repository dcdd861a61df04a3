// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/learning_rate.hpp"

#include <doctest/doctest.h>

namespace graft::test {
namespace {

pipeline::Phase phase_of(const char* schedule, std::int64_t epochs, double warmup = 0) {
    pipeline::Phase phase;
    phase.epochs = epochs;
    phase.optimizer.learning_rate = 0.8;
    phase.schedule.use = schedule;
    phase.schedule.warmup = warmup;
    return phase;
}

}  // namespace

TEST_CASE("constant: the same rate at every step") {
    const pipeline::Phase phase = phase_of("constant", 2);
    CHECK(train::learning_rate(phase, 0, 5) == 0.8);
    CHECK(train::learning_rate(phase, 9, 5) == 0.8);
}

TEST_CASE("step: a factor after every so many epochs") {
    pipeline::Phase phase = phase_of("step", 6);
    phase.schedule.every = 2;
    phase.schedule.factor = 0.5;
    // 10 steps an epoch: epochs 0 and 1 at 0.8, 2 and 3 at 0.4, 4 and 5 at 0.2.
    CHECK(train::learning_rate(phase, 19, 10) == doctest::Approx(0.8));
    CHECK(train::learning_rate(phase, 20, 10) == doctest::Approx(0.4));
    CHECK(train::learning_rate(phase, 39, 10) == doctest::Approx(0.4));
    CHECK(train::learning_rate(phase, 40, 10) == doctest::Approx(0.2));
}

TEST_CASE("cosine: half-way is the mean of start and minimum") {
    pipeline::Phase phase = phase_of("cosine", 2);
    phase.schedule.minimum = 0.1;
    // cos 0 = 1, cos 60 degrees = 0.5, cos 90 degrees = 0; 0.8 * (0.1 + 0.9 * (1 + cos) / 2).
    CHECK(train::learning_rate(phase, 0, 6) == doctest::Approx(0.8));
    CHECK(train::learning_rate(phase, 4, 6) == doctest::Approx(0.8 * (0.1 + 0.9 * 0.75)));
    CHECK(train::learning_rate(phase, 6, 6) == doctest::Approx(0.8 * 0.55));
    CHECK(train::learning_rate(phase, 8, 6) == doctest::Approx(0.8 * (0.1 + 0.9 * 0.25)));
    CHECK(train::learning_rate(phase, 12, 6) == doctest::Approx(0.08));
    CHECK(train::learning_rate(phase, 99, 6) == doctest::Approx(0.08));
}

TEST_CASE("warm-up: a straight line, then the schedule from its start") {
    const pipeline::Phase constant = phase_of("constant", 2, 0.3);
    // 0.3 of 2 x 5 steps are 3: 1/4, 2/4, 3/4 and from then on all of it.
    CHECK(train::learning_rate(constant, 0, 5) == doctest::Approx(0.2));
    CHECK(train::learning_rate(constant, 1, 5) == doctest::Approx(0.4));
    CHECK(train::learning_rate(constant, 2, 5) == doctest::Approx(0.6));
    CHECK(train::learning_rate(constant, 3, 5) == doctest::Approx(0.8));
    const pipeline::Phase cosine = phase_of("cosine", 2, 0.2);
    // 2 of 10 steps warm up; the other 8 are half a cosine, its middle at step 6.
    CHECK(train::learning_rate(cosine, 1, 5) == doctest::Approx(0.8 * 2 / 3));
    CHECK(train::learning_rate(cosine, 2, 5) == doctest::Approx(0.8));
    CHECK(train::learning_rate(cosine, 6, 5) == doctest::Approx(0.4));
}

}  // namespace graft::test
