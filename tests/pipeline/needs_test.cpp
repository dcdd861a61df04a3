// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/needs.hpp"

#include <doctest/doctest.h>

#include <string>

#include "core/problem.hpp"
#include "pipeline/node.hpp"

namespace {

namespace pipeline = graft::pipeline;

pipeline::Node parsed(const std::string& text) {
    return pipeline::parse_document(text, "p.yaml");
}

// Proves: a name and a list mean the same, the job of `weights` is found in both of its forms, and a file of
// such a name stays a file.
TEST_CASE("what a pipeline says of other jobs") {
    graft::core::Problems problems;
    CHECK(pipeline::needs_of(parsed("needs: a"), problems).jobs.at(0).name == "a");
    const pipeline::Needs list = pipeline::needs_of(parsed("needs: [a, b-lr=0.1]"), problems);
    REQUIRE(list.jobs.size() == 2);
    CHECK(list.jobs[1].name == "b-lr=0.1");
    CHECK(list.jobs[1].place.column == 12);
    CHECK_FALSE(list.weights);
    for (const char* weights : {"job:a", "{file: 'job:a', heads: true}"}) {
        const pipeline::Needs needs =
            pipeline::needs_of(parsed(std::string("backbone: {weights: ") + weights + "}"), problems);
        REQUIRE(needs.weights);
        CHECK(needs.weights->name == "a");
    }
    CHECK_FALSE(pipeline::needs_of(parsed("backbone: {weights: ./job:a}"), problems).weights);
    CHECK(problems.empty());
}

// Proves: what is no name is told at its place.
TEST_CASE("needs that are no names") {
    graft::core::Problems problems;
    pipeline::needs_of(parsed("needs: [a, {b: c}]"), problems);
    pipeline::needs_of(parsed("needs: []"), problems);
    REQUIRE(problems.size() == 2);
    CHECK(graft::core::render(problems[0]) ==
          "p.yaml:1:12: needs has a map; must be the name of another job\n"
          "  needs: [a, {b: c}]\n"
          "             ^\n"
          "  a job is called as its pipeline's `name` says");
    CHECK(problems[1].message == "needs has a list; must be the name of another job");
}

// Proves: the document that a run keeps names the folder, whatever bytes it has, and nothing of other jobs.
TEST_CASE("a run's document stands alone") {
    pipeline::Node document = parsed("needs: b\nbackbone: {weights: {file: 'job:a', heads: true}}");
    pipeline::settle_needs(document, "runs/\xE9");
    CHECK(pipeline::emit(document) == "backbone:\n  weights:\n    file: \"runs/\\\\xE9\"\n    heads: true\n");
    pipeline::Node looked_at = parsed("needs: b\nbackbone: {use: x, weights: job:a}");
    pipeline::forget_needs(looked_at);
    CHECK(pipeline::emit(looked_at) == "backbone:\n  use: x\n");
    pipeline::Node other = parsed("backbone: {use: x, weights: w.pth}");
    pipeline::forget_needs(other);
    CHECK(pipeline::emit(other) == "backbone:\n  use: x\n  weights: w.pth\n");
}

}  // namespace
