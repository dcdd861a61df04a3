// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Heads that keep training samples, through the binary.
#include <doctest/doctest.h>

#include <string>

#include "app/command_line.hpp"
#include "app/engine.hpp"
#include "support/pages.hpp"

namespace {

using graft::tests::CommandLine;
using graft::tests::Json;
using graft::tests::parse_json;
using graft::tests::Printed;

const char* const kept_faces = R"(graft: 1
name: kept
seed: 3
data: {use: synthetic_faces, samples: 60, size: 32, split: {val: 0.4}, image: {size: 32}}
backbone: {use: resnet18, until: layer1}
heads:
  expression: {use: nearest_neighbours, target: expression, neighbours: 3, samples: 40}
  age: {use: kernel_regression, target: age, samples: 40, loss: mse}
train: {batch: 16, freeze: [backbone], solve: linear}
)";

}  // namespace

// Proves: a solved phase gives both heads the training samples and solves what is linear in them, a head
// without parameters among it; the samples are in the model, so that eval repeats what validation found.
TEST_CASE("heads that keep samples learn in a solved phase") {
    if (!graft::tests::has_engine()) {
        return;
    }
    const CommandLine line;
    line.folder.write("faces.yaml", kept_faces);
    const Printed ran = line.graft({"run", "faces.yaml", "--out", "run"});
    CAPTURE(ran.err);
    REQUIRE(ran.exit_code == 0);
    CHECK(ran.err.find("solved: logits of head expression by kept samples (36)\n") != std::string::npos);
    const Json record = parse_json(graft::tests::slurp(line.folder / "run/run.json"));
    REQUIRE(record["solved"].size() == 2);
    CHECK(record["solved"][0]["head"] == "expression");
    CHECK(record["solved"][0]["method"] == "kept samples");
    CHECK(record["solved"][0]["samples"] == 36);
    CHECK(record["solved"][1]["head"] == "age");
    CHECK(record["solved"][1]["method"] == "ridge regression");
    const Printed judged = line.graft({"eval", "run", "--json"});
    REQUIRE(judged.exit_code == 0);
    const Json metrics = parse_json(judged.out)["metrics"];
    for (const auto& [key, value] : record["best"]["metrics"].items()) {
        CAPTURE(key);
        CHECK(metrics[key].get<double>() == doctest::Approx(value.get<double>()).epsilon(1e-5));
    }
}

// Proves: a head that can only keep samples is refused in a phase of steps, with what to do.
TEST_CASE("a head that only keeps samples does not learn in steps") {
    if (!graft::tests::has_engine()) {
        return;
    }
    const CommandLine line;
    line.folder.write("faces.yaml", kept_faces);
    const Printed printed = line.graft({"run", "faces.yaml", "--out", "run", "--set",
                                        "heads={expression: {use: nearest_neighbours, target: expression}}",
                                        "--set", "train={batch: 16, freeze: [backbone], epochs: 1}"});
    CHECK(printed.exit_code == 2);
    CHECK(printed.err.find("phase 1 freezes everything\n") != std::string::npos);
    CHECK(printed.err.find("a head that keeps samples learns in a phase with `solve`") != std::string::npos);
}
