// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The four experiments of "Modern Computer Vision with PyTorch", chapter 5, in configs/. The book's notebooks
// print these numbers of parameters. They follow by hand too: VGG16's convolutions have 14,714,688, a head of
// 512 -> 128 -> 1 has 512 * 128 + 128 + 128 + 1 = 65,793.
#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"
#include "support/pages.hpp"

namespace {

namespace fs = std::filesystem;
using graft::core::Json;
using graft::core::parse_json_or_discard;
using graft::tests::CommandLine;
using graft::tests::Printed;

struct Experiment {
    const char* pipeline;
    std::int64_t total;
    std::int64_t trainable;
};

}  // namespace

// Proves: the plugins take all that the pipelines to start from ask of them, and nothing in these is without
// effect. Neither weights nor data need be there, which a warning says.
TEST_CASE("graft check takes every pipeline of configs/ and of README.md" * doctest::test_suite("slow")) {
    if (!graft::tests::has_engine()) {
        return;
    }
    const fs::path root = GRAFT_TEST_SOURCE;
    const CommandLine line;
    std::vector<std::string> files;
    for (const auto& entry : fs::directory_iterator(root / "configs")) {
        files.push_back(entry.path().string());
    }
    const std::string page = graft::tests::slurp(root / "README.md");
    for (const std::string& block : graft::tests::code_blocks(page, "yaml")) {
        files.push_back(line.folder.write(std::to_string(files.size()) + ".yaml", block).string());
    }
    CHECK(files.size() > 10);
    for (const char* picture : {"train/ants/1.jpg", "train/bees/1.jpg", "val/ants/1.jpg", "val/bees/1.jpg"}) {
        line.folder.write(std::string("hymenoptera/") + picture, "");
    }
    const graft::tests::ScopedVariable data("DATA", line.folder.path().c_str());
    for (const std::string& file : files) {
        CAPTURE(file);
        const Printed printed = line.graft({"check", file});
        CHECK(printed.exit_code == 0);
        std::istringstream warnings(printed.err);
        for (std::string warning; std::getline(warnings, warning);) {
            const bool says_absent = warning.find("so a run would stop") != std::string::npos;
            CHECK((says_absent || warning.starts_with("  ")));  // a remedy
        }
    }
}

// Proves: each shipped recipe composes, without weights or data, to the network of the book.
TEST_CASE("the book's experiments have the book's numbers of parameters") {
    if (!graft::tests::has_engine()) {
        return;
    }
    for (const Experiment& experiment :
         {Experiment{"cats_dogs_vgg16", 14780481, 65793}, Experiment{"cats_dogs_resnet18", 11242305, 65793},
          Experiment{"facial_keypoints_vgg16", 18193352, 3478664},
          Experiment{"age_gender_vgg16", 18197634, 3482946}}) {
        const std::string name = experiment.pipeline;
        CAPTURE(name);
        const fs::path file = fs::path(GRAFT_TEST_SOURCE) / "configs" / (name + ".yaml");
        const Printed printed = CommandLine().graft({"check", file.string(), "--json"});
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 0);
        const Json report = parse_json_or_discard(printed.out);
        REQUIRE(report.contains("parameters"));
        CHECK(report["parameters"]["total"] == experiment.total);
        CHECK(report["parameters"]["trainable"] == experiment.trainable);
    }
}
