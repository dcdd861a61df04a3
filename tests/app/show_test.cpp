// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `graft show`: samples as the network gets them.
#include <doctest/doctest.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::has_engine;
using graft::tests::Json;
using graft::tests::parse_json;
using graft::tests::Printed;
using graft::tests::slurp;

constexpr const char* shown_faces = R"(
graft: 1
name: faces
seed: 3
data: {use: synthetic_faces, samples: 24, size: 40, image: {size: [32, 48], resize: stretch}, augment: [flip]}
backbone: {use: resnet18}
heads:
  expression: {use: classification, target: expression}
  landmarks: {use: keypoints, target: points}
  person: {use: age_gender, targets: {age: age, gender: gender}}
train: {batch: 8, epochs: 2}
)";

/// Width and height of a PNG.
std::array<int, 2> size_of_png(const fs::path& path) {
    const std::string bytes = slurp(path);
    REQUIRE(bytes.size() > 24);
    REQUIRE(bytes.starts_with("\x89PNG\r\n\x1a\n"));
    std::array<int, 2> size{};
    for (std::size_t side = 0; side < 2; ++side) {
        for (std::size_t byte = 0; byte < 4; ++byte) {
            size[side] = size[side] * 256 + static_cast<unsigned char>(bytes[16 + 4 * side + byte]);
        }
    }
    return size;
}

const Json& row_named(const Json& rows, const std::string& name) {
    for (const Json& row : rows) {
        if (row["name"] == name) {
            return row;
        }
    }
    FAIL("there is no row " << name);
    return rows;
}

}  // namespace

// Proves: a grid of so many samples is drawn; the numbers are those of the batch: shapes, types, and what the
// network gets is (pixel / 255 - mean) / deviation with the numbers that torchvision names for ImageNet. No
// run is made.
TEST_CASE("samples before training") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    line.folder.write("faces.yaml", shown_faces);
    const Printed shown =
        line.graft({"show", "faces.yaml", "--count", "5", "--out", "s.png", "--inspect", "--json"});
    CAPTURE(shown.err);
    REQUIRE(shown.exit_code == 0);
    const Json result = parse_json(shown.out);
    CHECK(result["split"] == "train");
    CHECK(result["samples"] == 24);
    CHECK(result["shown"] == 5);
    CHECK(size_of_png(line.folder / "s.png")[0] == 18 + 3 * (256 + 18));
    const Json& pixels = row_named(result["batch"], "pixels");
    const Json& input = row_named(result["batch"], "input");
    CHECK(pixels["shape"] == Json{5, 32, 48, 3});
    CHECK(pixels["type"] == "uint8");
    CHECK(input["shape"] == Json{5, 3, 32, 48});
    CHECK(input["type"] == "float32");
    constexpr std::array means{0.485, 0.456, 0.406};
    constexpr std::array deviations{0.229, 0.224, 0.225};
    for (std::size_t channel = 0; channel < 3; ++channel) {
        const double mean = pixels["channels"][channel]["mean"].get<double>() / 255;
        CHECK(input["channels"][channel]["mean"].get<double>() ==
              doctest::Approx((mean - means[channel]) / deviations[channel]).epsilon(1e-4));
        CHECK(input["channels"][channel]["deviation"].get<double>() ==
              doctest::Approx(pixels["channels"][channel]["deviation"].get<double>() / 255 /
                              deviations[channel])
                  .epsilon(1e-4));
    }
    const Json& points = row_named(result["batch"], "points");
    CHECK(points["shape"] == Json{5, 10, 2});
    CHECK(points["known"] == 50);
    CHECK(points["least"].get<double>() >= 0);
    CHECK(points["most"].get<double>() <= 48);
    int samples = 0;
    for (const auto& [name, count] : row_named(result["batch"], "expression")["classes"].items()) {
        samples += count.get<int>();
    }
    CHECK(samples == 5);
    CHECK_FALSE(fs::exists(line.folder / "runs/faces"));
}

// Proves: the same samples come again, augmentation is drawn in for training and not for validation, and the
// table is there for people.
TEST_CASE("what is shown of each split") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    line.folder.write("faces.yaml", shown_faces);
    REQUIRE(line.graft({"show", "faces.yaml", "--out", "a.png"}).exit_code == 0);
    REQUIRE(line.graft({"show", "faces.yaml", "--out", "b.png"}).exit_code == 0);
    CHECK(slurp(line.folder / "a.png") == slurp(line.folder / "b.png"));
    REQUIRE(line.graft({"show", "faces.yaml", "--set", "data.augment=[]", "--out", "c.png"}).exit_code == 0);
    CHECK(slurp(line.folder / "a.png") != slurp(line.folder / "c.png"));
    const auto of_validation = [&](const std::string& augment, const std::string& file) {
        const Printed shown = line.graft({"show", "faces.yaml", "--split", "val", "--inspect", "--out", file,
                                          "--set", "data.augment=" + augment});
        CHECK(shown.exit_code == 0);
        return shown.out;
    };
    const std::string table = of_validation("[flip]", "d.png");
    CHECK(table.starts_with("6 of 6 samples of the split val\n"));
    CHECK(has(table, "[6, 3, 32, 48]  float32"));
    CHECK(has(table, "\npicture: d.png\n"));
    of_validation("[]", "e.png");
    CHECK(slurp(line.folder / "d.png") == slurp(line.folder / "e.png"));
}

// Proves: what cannot be meant is refused with what can, and a picture that cannot be read is named while the
// others are shown.
TEST_CASE("what cannot be shown") {
    const CommandLine line;
    const auto refused = [&](const std::vector<std::string>& words) {
        const Printed printed = line.graft(words);
        CHECK(printed.exit_code == 2);
        return printed.err;
    };
    CHECK(has(refused({"show"}), "which pipeline?"));
    CHECK(has(refused({"show", "minimal.yaml", "--split", "validation"}),
              "there is no split 'validation'; there are train, val and test"));
    CHECK(has(refused({"show", "minimal.yaml", "--count", "0"}), "must be a whole number from 1 to 400"));
    if (!has_engine({"hostile"})) {
        return;
    }
    for (const std::string name :
         {"photos/train/a/1.ppm", "photos/train/b/1.ppm", "photos/val/a/1.ppm", "photos/val/b/1.ppm"}) {
        line.folder.write(name, graft::tests::plain_picture());
    }
    line.folder.write("photos/train/a/broken.jpg", "no picture");
    line.folder.write("p.yaml", R"(
graft: 1
name: photos
data: {use: image_folder, root: photos, image: {size: 32}}
backbone: {use: hostile_backbone}
head: {use: classification}
train: {batch: 4, epochs: 1}
)");
    const Printed shown =
        line.graft({"show", "p.yaml", "--plugin-dir", GRAFT_TEST_BINARY "/tests/plugins/hostile"});
    CAPTURE(shown.err);
    CHECK(shown.exit_code == 0);
    CHECK(has(shown.err, "a/broken.jpg is left out: "));
    CHECK(shown.out == "2 of 3 samples of the split train\npicture: show.png\n");
    CHECK(fs::exists(line.folder / "show.png"));
}
