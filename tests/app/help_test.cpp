// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "app/command_line.hpp"
#include "app/engine.hpp"
#include "core/event.hpp"

namespace {

using graft::tests::CommandLine;
using graft::tests::Json;
using graft::tests::parse_json;
using graft::tests::Printed;

/// Answers that need no engine: one that is asked ends with 9.
Printed help(const std::vector<std::string>& words) {
    CommandLine line;
    line.engine("exit 9");
    std::vector<std::string> whole = {"help"};
    whole.insert(whole.end(), words.begin(), words.end());
    const Printed printed = line.graft(whole);
    CHECK(line.requests() == "");
    return printed;
}

}  // namespace

// Proves: a value is explained with its short form and the keys that go with it, and no others.
TEST_CASE("graft help cosine") {
    const Printed printed = help({"cosine"});
    CHECK(printed.exit_code == 0);
    CHECK(printed.err == "");
    CHECK(printed.out ==
          "train.schedule.use: cosine: falls along half a cosine to `minimum` at the\n"
          "    phase's end\n"
          "  short: schedule: cosine\n"
          "  its keys:\n"
          "\n"
          "  warmup  fraction of the phase in which it rises from 0\n"
          "      a number in [0, 1]; without it: 0\n"
          "      example: use: cosine, warmup: 0.1\n"
          "  minimum  at the end, as a fraction of the start\n"
          "      a number in [0, 1]; without it: 0\n"
          "      goes with use: cosine\n"
          "      example: use: cosine, minimum: 0.01\n");
}

// Proves: a section shows all its keys, those of a single phase among train's.
TEST_CASE("graft help train") {
    const Printed printed = help({"train"});
    CHECK(printed.exit_code == 0);
    for (const char* key : {"device", "batch", "accumulate", "monitor", "threads", "deterministic", "sampler",
                            "phases", "epochs", "freeze", "optimizer", "schedule", "early_stop"}) {
        CAPTURE(key);
        CHECK(printed.out.find("\n  " + std::string(key) + "  ") != std::string::npos);
    }
    CHECK(printed.out.find(
              "      a whole number in [1, 1048576]; without it: 32\n      example: batch: 64\n") !=
          std::string::npos);
    CHECK(printed.out.find("        cuda:N  GPU number N, from 0\n") != std::string::npos);
}

// Proves: every section is listed, and each line's first word is one that help explains.
TEST_CASE("graft help lists the sections") {
    const Printed printed = help({});
    CHECK(printed.exit_code == 0);
    for (const char* section :
         {"pipeline", "data", "split", "image", "augment", "backbone", "weights", "head", "loss", "train",
          "sampler", "phase", "optimizer", "schedule", "early_stop"}) {
        CAPTURE(section);
        CHECK(printed.out.find("\n  " + std::string(section) + " ") != std::string::npos);
        CHECK(help({section}).exit_code == 0);
    }
}

// Proves: a plugin's id is pointed at from the notes in its file, and a command's name gives that command's
// help.
TEST_CASE("graft help knows plugins and commands") {
    CHECK(help({"run"}).out == CommandLine().graft({"run", "--help"}).out);
    if (!graft::tests::has_engine()) {
        return;  // and no plugins
    }
    const Printed plugin = help({"keypoints_csv"});
    CHECK(plugin.exit_code == 0);
    CHECK(plugin.out.find("keypoints_csv is a dataset: ") == 0);
    CHECK(plugin.out.find("\n  `graft plugins keypoints_csv` explains it\n") != std::string::npos);
}

// Proves: options of plugins are found by asking an engine, which alone knows them.
TEST_CASE("graft help finds the plugins that have an option") {
    if (!graft::tests::has_engine()) {
        return;
    }
    const Printed printed = CommandLine().graft({"help", "data.point_count"});
    CHECK(printed.exit_code == 0);
    CHECK(printed.out.find("point_count is an option of the dataset keypoints_csv: ") != std::string::npos);
    CHECK(printed.out.find("  `graft plugins keypoints_csv` explains it\n") != std::string::npos);
}

// Proves: for an unknown word, the near one and the keys whose sentences have it.
TEST_CASE("graft help tells what is near an unknown word") {
    CommandLine line;
    line.engine("exit 9");
    const Printed near = line.graft({"help", "cosin"});
    CHECK(near.exit_code == 2);
    CHECK(near.out == "");
    CHECK(near.err.find(
              "'cosin' is no word of the pipeline format, and no plugin's\n  did you mean 'cosine'?\n") !=
          std::string::npos);
    const Printed spoken = line.graft({"help", "learning rate"});
    CHECK(spoken.err.find("\n  train.optimizer.lr: learning rate\n") != std::string::npos);
    const Printed nothing = line.graft({"help", "zzzzzzzz"});
    CHECK(nothing.err.find("\n  `graft help` lists the sections, `graft plugins` the plugins\n") !=
          std::string::npos);
}

// Proves: programs get the same facts.
TEST_CASE("graft help --json") {
    const Json result = parse_json(help({"lr", "--json"}).out);
    REQUIRE(result["meanings"].size() == 1);
    const Json& key = result["meanings"][0];
    CHECK(key["path"] == "train.optimizer.lr");
    CHECK(key["takes"] == "a number, above 0");
    CHECK(key["without"] == "0.001");
    CHECK(key["required"] == false);
    CHECK(key["example"] == "lr: 3e-4");
    CHECK(parse_json(help({"--json"}).out).size() == 21);
}
