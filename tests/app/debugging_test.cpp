// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a plugin's author is told when it goes wrong: the calls on the stack, the shapes up to the
// operator that fails.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"
#include "support/skip.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::Printed;

const fs::path hostile_folder = fs::path(GRAFT_TEST_BINARY) / "tests/plugins/hostile";

constexpr const char* traced_pipeline = R"(
graft: 1
name: hostile
seed: 1
data: {use: hostile_data, split: {val: 0.34}}
backbone: {use: hostile_backbone}
heads:
  species: {use: hostile_head, loss: {use: hostile_loss}}
train: {device: cpu, batch: 4, threads: 1, epochs: 1}
)";

Printed run_graft(std::vector<std::string> words) {
    CommandLine line;
    line.folder.write("hostile.yaml", traced_pipeline);
    words.insert(words.end(), {"--plugin-dir", hostile_folder.string()});
    return line.graft(words);
}

std::vector<std::string> spoilt(const std::string& command, const std::string& section,
                                const std::string& method, const std::string& how) {
    return {command, "hostile.yaml",         "--set", section + ".method=" + method,
            "--set", section + ".how=" + how};
}

}  // namespace

TEST_CASE("a crash in a plugin is told with the plugin's functions that were running") {
    if (!graft::tests::has_engine({"hostile"})) {
        return;
    }
    const Printed printed = run_graft(spoilt("check", "backbone", "forward", "crash"));
    CAPTURE(printed.err);
    CHECK(printed.exit_code == 3);
    CHECK(has(printed.err, "backbone 'hostile_backbone': forward: ended by SIGSEGV"));
    CHECK(has(printed.err, "in " + (hostile_folder / "hostile.so").string() + ":\n"));
    if (std::system("command -v addr2line > /dev/null") != 0) {
        graft::tests::skip("addr2line is not installed: the functions have no names");
        return;
    }
    CHECK(has(printed.err, "hostile::"));
}

TEST_CASE("--trace-shapes prints each operator of a model, up to one that fails") {
    if (!graft::tests::has_engine({"hostile"})) {
        return;
    }
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"check"}, std::vector<std::string>{"run", "--dry-run"}}) {
        std::vector<std::string> words = command;
        words.insert(words.end(), {"hostile.yaml", "--trace-shapes"});
        const Printed printed = run_graft(words);
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 0);
        CHECK(has(printed.err,
                  "backbone 'hostile_backbone': forward, stage stem\n"
                  "    conv2d [1, 3, 32, 32] [8, 3, 3, 3] [8] -> [1, 8, 16, 16]\n"
                  "    relu [1, 8, 16, 16] -> [1, 8, 16, 16]\n"
                  "backbone 'hostile_backbone': forward, stage body\n"));
        CHECK(has(printed.err,
                  "head 'hostile_head' (species): forward\n    t [2, 16] -> [16, 2]\n    addmm [2] [1, 16] "
                  "[16, 2] -> [1, 2]\n"));
    }
    const Printed plain = run_graft({"check", "hostile.yaml"});
    CHECK_FALSE(has(plain.err, "conv2d"));
    // A stage with a channel too few is refused; the shapes on the way to it are there.
    std::vector<std::string> words = spoilt("check", "backbone", "forward", "channels");
    words.push_back("--trace-shapes");
    const Printed refused = run_graft(words);
    CHECK(refused.exit_code == 3);
    CHECK(has(refused.err, "conv2d [1, 8, 16, 16]"));
}
