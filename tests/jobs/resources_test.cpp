// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/resources.hpp"
#include "core/json_text.hpp"

#include <doctest/doctest.h>

#include "core/problem.hpp"

using namespace graft;
using namespace graft::jobs;
using core::Json;
using core::parse_json;

namespace {

std::string refusal(const Json& json) {
    try {
        resources_from_json(json);
    } catch (const core::Failure& failure) {
        CHECK(failure.category() == core::Category::internal);
        return failure.what();
    }
    return "";
}

}  // namespace

// Proves: what the light program grants is what the engine takes.
TEST_CASE("resources survive the wire") {
    const Json granted = to_json({"cuda:3", 5, 0.25, 0, 1});
    const Resources taken = resources_from_json(parse_json(granted.dump()));
    CHECK(to_json(taken) == granted);
    CHECK(to_json(resources_from_json(Json::object())) == to_json(Resources()));
}

// Proves: an engine never does with less, or more, than it understood.
TEST_CASE("resources that cannot be granted are refused by key") {
    CHECK(refusal({{"gpus", 2}}) ==
          "the request's resources.gpus is 2; must be left out: there is no such key");
    CHECK(refusal({{"device", 0}}) == "the request's resources.device is 0; must be a text");
    CHECK(refusal({{"threads", -1}}) ==
          "the request's resources.threads is -1; must be a whole number from 0");
    CHECK(refusal({{"threads", 1.5}}) ==
          "the request's resources.threads is 1.5; must be a whole number from 0");
    CHECK(refusal({{"memory_share", 0}}) ==
          "the request's resources.memory_share is 0; must be above 0 and at most 1");
    CHECK(refusal({{"memory_share", 1.01}}) ==
          "the request's resources.memory_share is 1.01; must be above 0 and at most 1");
}

// Proves: what a person may ask for, and no engine does yet, is refused as theirs to mend.
TEST_CASE("a job in several processes is refused") {
    try {
        resources_from_json({{"rank", 1}, {"ranks", 2}});
        FAIL("it was taken");
    } catch (const core::Failure& failure) {
        CHECK(failure.category() == core::Category::pipeline);
        CHECK(std::string(failure.what()) ==
              "a job of 2 tasks was asked for, but this graft works in one process a job\n"
              "  leave --tasks out; --jobs trains several pipelines at the same time");
    }
}
