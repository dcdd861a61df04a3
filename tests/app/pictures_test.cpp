// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a run says of its pictures: turned ones with points, upper bits never used, pairs that flip needs.
#include <doctest/doctest.h>

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::Printed;
using Texts = std::vector<std::string>;

const fs::path modes = fs::path(GRAFT_TEST_SOURCE) / "tests/data/goldens/modes";

/// A table of points over given pictures, and a pipeline that learns them.
class PointTask {
public:
    explicit PointTask(const Texts& pictures, const std::string& all_of = "") {
        std::string table = "file,left_x,left_y,right_x,right_y\n";
        for (const std::string& picture : pictures) {
            fs::copy_file(modes / (all_of.empty() ? picture : all_of), line.folder / picture);
            table += picture + ",1,1,2,1\n";
        }
        line.folder.write("points.csv", table);
        line.folder.write("task.yaml", R"(
graft: 1
name: points
data:
  use: keypoints_csv
  root: .
  csv: points.csv
  point_names: [left, right]
  split: {val: 0.5}
  image: {size: 32}
backbone: {use: hostile_backbone}
head: {use: keypoints}
train: {device: cpu, batch: 4, epochs: 2, threads: 1}
)");
    }

    Printed run(const Texts& sets, const std::string& command = "run") const {
        Texts words = {command, "task.yaml", "--plugin-dir",
                       (fs::path(GRAFT_TEST_BINARY) / "tests/plugins/hostile").string()};
        for (const std::string& set : sets) {
            words.insert(words.end(), {"--set", set});
        }
        return line.graft(words);
    }

    CommandLine line;
};

/// How many warnings say this; the recapitulation at the end does not count.
std::size_t times(const std::string& text, const std::string& part) {
    std::istringstream lines(text);
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line);) {
        count += line.starts_with("warning: ") && line.find(part) != std::string::npos ? 1 : 0;
    }
    return count;
}

}  // namespace

// Proves: a run names turned pictures once while nobody says in which frame the points lie, and is silent
// when it is said; where nothing lies in the picture, the key is refused.
TEST_CASE("a run with points names the pictures that EXIF turns") {
    if (!graft::tests::has_hostile_plugins()) {
        return;
    }
    const PointTask task({"turned1.jpg", "turned3.jpg", "turned6.jpg", "turned8.jpg"});
    const std::string turned = "are turned by their EXIF orientation, and the places of points are taken";
    const Printed silent = task.run({});
    CAPTURE(silent.err);
    REQUIRE(silent.exit_code == 0);
    CHECK(times(silent.err, turned) == 1);
    for (const char* const frame : {"seen", "stored"}) {
        const Printed said = task.run({"data.orientation=" + std::string(frame)});
        CAPTURE(said.err);
        CHECK(said.exit_code == 0);
        CHECK(times(said.err, turned) == 0);
    }
}

// Proves: flip without pairs is told once with the option that names them, by the names that the points have,
// and not when they are named; unknown names are refused.
TEST_CASE("flip asks for the pairs of points") {
    if (!graft::tests::has_hostile_plugins()) {
        return;
    }
    const PointTask task({"turned1.jpg", "turned1.png"});
    const std::string pairs =
        "augment flips pictures, but the points of 'points' have no left and right pairs: the left eye of a "
        "mirrored "
        "picture is learnt as a right one; name the pairs (mirrored: [left, right]), or take flip out";
    const Printed without = task.run({"data.augment=[flip]"});
    CAPTURE(without.err);
    REQUIRE(without.exit_code == 0);
    CHECK(times(without.err, pairs) == 1);
    CHECK(times(task.run({"data.augment=[flip]", "data.mirrored=[left, right]"}).err, pairs) == 0);
    CHECK(times(task.run({"data.augment=[{rotate: 5}]"}).err, pairs) == 0);
    const Printed unknown = task.run({"data.mirrored=[left, rigth]"});
    CHECK(unknown.exit_code == 2);
    CHECK(unknown.err.find("`mirrored` names the point 'rigth'; the points are left, right") !=
          std::string::npos);
}

// Proves: 12 bits in files of 16 are told once, with the key that mends them; the key is kept with the model,
// and a value that is too small for the pictures leaves them out by name.
TEST_CASE("a run tells of bits that are never used") {
    if (!graft::tests::has_hostile_plugins()) {
        return;
    }
    const PointTask task({"a.png", "b.png"}, "twelve_bits.png");
    const std::string unused = "have 16 bits and never use the upper 4: their largest value is 4095 of 65535";
    const Printed dark = task.run({});
    CAPTURE(dark.err);
    REQUIRE(dark.exit_code == 0);
    CHECK(times(dark.err, unused) == 1);
    const Printed scaled = task.run({"data.image.bits=12"});
    CAPTURE(scaled.err);
    CHECK(scaled.exit_code == 0);
    CHECK(times(scaled.err, unused) == 0);
    const Printed refused = task.run({"data.image.bits=10"});
    CHECK(refused.exit_code == 4);
    CHECK(
        refused.err.find("has a sample of 4095, but data.image.bits says that samples have 10 bits, at most "
                         "1023") != std::string::npos);
}
