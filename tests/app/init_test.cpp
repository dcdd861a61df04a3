// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `graft init`: what it finds in a folder, what it refuses, and that its pipeline trains.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "app/command_line.hpp"
#include "app/engine.hpp"

namespace {

namespace fs = std::filesystem;
using graft::tests::CommandLine;
using graft::tests::has;
using graft::tests::has_engine;
using graft::tests::Json;
using graft::tests::parse_json;
using graft::tests::plain_picture;
using graft::tests::Printed;
using graft::tests::slurp;

void write_pictures(const CommandLine& line, const std::string& folder, int count) {
    for (int number = 0; number < count; ++number) {
        line.folder.write(folder + "/" + std::to_string(number) + ".ppm", plain_picture());
    }
}

}  // namespace

// Proves: annotations that lack something are recognised, what they lack is said, and nothing is written.
TEST_CASE("graft init recognises annotations that it cannot use") {
    const CommandLine line;
    line.folder.write("coco/a.ppm", plain_picture());
    line.folder.write("coco/instances.json",
                      R"({"images": [{}], "annotations": [{"bbox": [1, 2, 3, 4]}, {"bbox": [1, 2, 3, 4]}],
                          "categories": [{"name": "cat"}, {"name": "dog"}]})");
    const Printed coco = line.graft({"init", "coco"});
    CHECK(coco.exit_code == 4);
    CHECK(coco.out ==
          "coco: annotations in COCO's format\n"
          "  instances.json: 1 pictures, 2 boxes, 0 outlines, 0 sets of points; 2 classes: cat, dog\n");
    CHECK(has(
        coco.err,
        "no pipeline was written for 'coco': no file of annotations has boxes, and pictures that are in the "
        "folder by their `file_name`"));

    line.folder.write("yolo/images/a.ppm", plain_picture());
    line.folder.write("yolo/labels/a.txt", "0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.1 0.1\n0 0.5 0.5 0.2 0.2\n");
    const Printed yolo = line.graft({"init", "yolo"});
    CHECK(yolo.exit_code == 4);
    CHECK(has(yolo.out, "1 of 1 pictures have one: 3 boxes of 2 classes: 0 2, 1 1\n"));
    CHECK(has(yolo.err, "nothing names the classes: write data.yaml into the folder"));

    line.folder.write("masks/images/a.ppm", plain_picture());
    line.folder.write("masks/masks/a.png", "PNG");
    const Printed masks = line.graft({"init", "masks"});
    CHECK(masks.exit_code == 4);
    CHECK(has(masks.out, "1 of 1 pictures in images/ have one of the same name in masks/\n"));
    CHECK(has(masks.err, "no pipeline was written for 'masks': masks/a.png is no PNG, or damaged"));
    CHECK_FALSE(fs::exists(line.folder / "coco.yaml"));
}

// Proves: nothing to learn from is told, with what would be.
TEST_CASE("graft init without anything to learn from") {
    const CommandLine line;
    fs::create_directories(line.folder / "empty");
    write_pictures(line, "loose", 3);
    CHECK(has(line.graft({"init", "empty"}).err,
              "no pipeline was written for 'empty': there is no picture in it"));
    CHECK(has(line.graft({"init", "loose"}).err,
              "nothing tells what is on the pictures: put them into a folder a "
              "class"));
    CHECK(has(line.graft({"init", "nowhere"}).err, "there is no folder 'nowhere'"));
    CHECK(has(line.graft({"init"}).err, "which folder?"));
}

// Proves: a folder a class becomes a pipeline that is checked and trains; a file that is there stays.
TEST_CASE("graft init of class folders") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    write_pictures(line, "pets/train/cat", 4);
    write_pictures(line, "pets/train/dog", 4);
    write_pictures(line, "pets/val/cat", 2);
    write_pictures(line, "pets/val/dog", 2);
    line.folder.write("pets/train/cat/broken.jpg", "no picture");
    const Printed printed = line.graft({"init", "pets", "--weights", "none"});
    CHECK(printed.exit_code == 0);
    CHECK(has(printed.out,
              "pets: a folder a class, in a folder a split\n  train/: cat 5, dog 4\n  val/: cat 2, dog 2\n"));
    CHECK(has(printed.out, "classes of label (training + validation samples): cat 5 + 2, dog 4 + 2\n"));
    CHECK(fs::exists(line.folder / "graft.schema.json"));
    CHECK(line.graft({"check", "pets.yaml"}).exit_code == 0);
    const Printed run = line.graft({"run", "pets.yaml", "--out", "runs/pets", "--set", "train.epochs=1",
                                    "--set", "data.image.size=32", "--set", "data.bad_images=0.5"});
    CHECK(run.exit_code == 0);

    line.folder.write("pets.yaml", "mine");
    const Printed again = line.graft({"init", "pets", "--weights", "none"});
    CHECK(again.exit_code == 2);
    CHECK(
        has(again.err, "'pets.yaml' is there already\n  name another file with --out; nothing was written"));
    CHECK(slurp(line.folder / "pets.yaml") == "mine");
}

// Proves: the columns of a table become targets by what is in them, and the rest is named with the reason.
TEST_CASE("graft init of a table of columns") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    std::string table = "number,file,species,weight,note,same\n";
    for (int row = 0; row < 20; ++row) {
        const std::string name = std::to_string(row);
        table += std::to_string(100 + row) + ",p" + name + ".ppm," + (row % 2 == 0 ? "wren" : "tit") + "," +
                 name + ".5,text " + name + ",x\n";
        line.folder.write("birds/photos/p" + name + ".ppm", plain_picture());
    }
    line.folder.write("birds/birds.csv", table);
    const Printed printed = line.graft({"init", "birds", "--weights", "none", "--json"});
    REQUIRE(printed.exit_code == 0);
    const Json result = parse_json(printed.out);
    CHECK(result["found"] == "a table of pictures");
    CHECK(result["facts"] == Json::array({"birds.csv: 20 rows, 20 of them with a picture that is there",
                                          "column 'species': 2 classes: tit 10, wren 10",
                                          "column 'weight': numbers in 20 rows"}));
    CHECK(result["unused"].size() == 3);
    CHECK(has(result["unused"][2].get<std::string>(), "column 'same': is 'x' in every row"));
    const std::string text = slurp(line.folder / "birds.yaml");
    CHECK(has(text, "  images: photos\n"));
    CHECK(has(text, "  categories: [species]\n"));
    CHECK(has(text, "  scalars: [weight]"));
    CHECK(line.graft({"check", "birds.yaml"}).exit_code == 0);
}
