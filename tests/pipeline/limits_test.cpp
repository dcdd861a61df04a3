// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/limits.hpp"

#include <doctest/doctest.h>

#include "core/problem.hpp"
#include "pipeline/node.hpp"

// Proves: both limits are read; without them any time is allowed, and half an hour of silence.
TEST_CASE("how long a pipeline's job may take") {
    graft::core::Problems problems;
    const auto limits = [&](const char* text) {
        return graft::pipeline::limits_of(graft::pipeline::parse_document(text, "p.yaml"), problems);
    };
    CHECK(limits("time_limit: 2h\nstall_limit: 0").time == 7200);
    CHECK(limits("time_limit: 2h\nstall_limit: 0").stall == 0);
    CHECK(limits("graft: 1").time == 0);
    CHECK(limits("graft: 1").stall == 1800);
    CHECK(problems.empty());
}

// Proves: what is no duration is told at its place, with what it may be.
TEST_CASE("limits that are no durations") {
    graft::core::Problems problems;
    graft::pipeline::limits_of(graft::pipeline::parse_document("time_limit: 90\nstall_limit: [1h]", "p.yaml"),
                               problems);
    REQUIRE(problems.size() == 2);
    CHECK(graft::core::render(problems[0]) ==
          "p.yaml:1:13: time_limit is 90; must be a number and a unit, s, min, h or d (90s, 1.5h)\n"
          "  time_limit: 90\n"
          "              ^");
    CHECK(problems[1].message ==
          "stall_limit is a list; must be a number and a unit, s, min, h or d (90s, 1.5h)");
}
