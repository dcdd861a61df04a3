// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/queue.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "jobs/line_reader.hpp"

namespace {

using graft::jobs::devices;
using graft::jobs::Job;
using graft::jobs::Outcome;
using graft::jobs::run_all;
using graft::jobs::worst_exit_code;

const std::vector<Job> three = {{"a", {}}, {"b", {}}, {"c", {}}};

// Proves: jobs run in order, and one that fails does not stop the next.
TEST_CASE("a queue runs every job, whatever becomes of the others") {
    std::string order;
    const auto outcomes = run_all(three, devices(), [&](const Job& job) {
        order += job.name;
        Outcome outcome;
        outcome.exit_code = job.name == "b" ? 4 : 0;
        return outcome;
    });
    CHECK(order == "abc");
    REQUIRE(outcomes.size() == 3);
    CHECK(outcomes[1].exit_code == 4);
}

// Proves: a wish to stop ends the queue.
TEST_CASE("after a signal no further job begins") {
    const auto outcomes = run_all(three, devices(), [&](const Job& job) {
        Outcome outcome;
        outcome.stop_wanted = job.name == "b";
        return outcome;
    });
    CHECK(outcomes.size() == 2);
}

// Proves: the documented order, from least to worst.
TEST_CASE("the worst end gives the exit code") {
    CHECK(worst_exit_code({}) == 0);
    CHECK(worst_exit_code({0, 75, 0}) == 75);
    CHECK(worst_exit_code({75, 2, 0}) == 2);
    CHECK(worst_exit_code({3, 2}) == 3);
    CHECK(worst_exit_code({3, 4, 5}) == 5);
    CHECK(worst_exit_code({6, 5, 1, 2}) == 1);
    CHECK(worst_exit_code({1, 130}) == 130);
}

// Proves: a tail keeps the end, and an endless line cannot fill the memory.
TEST_CASE("the tail of a text is short") {
    graft::jobs::Tail tail;
    for (int line = 0; line < 100; ++line) {
        tail.add(std::to_string(line));
    }
    tail.add(std::string(100'000, 'x'));
    CHECK(tail.lines().size() == 12);
    CHECK(tail.lines().front() == "89");
    const std::string kept(400, 'x');
    CHECK(tail.lines().back() == kept + "...");
}

}  // namespace
