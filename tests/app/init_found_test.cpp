// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `graft init` on folders as people have them: what must not be taken for something else.
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
using graft::tests::plain_picture;
using graft::tests::Printed;
using graft::tests::slurp;

// PNGs of 8 x 8 pixels, as Pillow writes them, in hexadecimal.
/// Grey of 8 bits: 12 pixels of 2 on 1.
const char* const grey_one_and_two =
    "89504e470d0a1a0a0000000d4948445200000008000000080800000000e164e157000000204944415478da63"
    "646480002628cdc0c2c0c0c8c0c0f01f210267306228863300323e0113f5dfd35c0000000049454e44ae4260"
    "82";
/// RGB: 12 pixels of (128, 0, 0) on black.
const char* const red_on_black =
    "89504e470d0a1a0a0000000d49484452000000080000000808020000004b6d29dc0000001a4944415478da63"
    "6020153042a8062421089b09970e2606da03008c200106536cd1090000000049454e44ae426082";

std::string bytes_of(const std::string& hexadecimal) {
    std::string bytes;
    for (std::size_t place = 0; place + 1 < hexadecimal.size(); place += 2) {
        bytes += static_cast<char>(std::stoi(hexadecimal.substr(place, 2), nullptr, 16));
    }
    return bytes;
}

void write_pair(const CommandLine& line, const std::string& picture, const std::string& mask,
                const std::string& bytes) {
    line.folder.write(picture, plain_picture());
    line.folder.write(mask, bytes);
}

/// What `graft init` writes for a folder; with its words where it fails.
std::string pipeline_for(const CommandLine& line, const std::string& folder) {
    const Printed printed = line.graft({"init", folder, "--weights", "none", "--out", folder + ".yaml"});
    CHECK(printed.exit_code == 0);
    return printed.exit_code == 0 ? slurp(line.folder / (folder + ".yaml")) : printed.err;
}

void write_classes(const CommandLine& line, const std::string& folder) {
    for (const char* name : {"/cat/1.ppm", "/cat/2.ppm", "/dog/1.ppm", "/dog/2.ppm"}) {
        line.folder.write(folder + name, plain_picture());
    }
}

/// COCO's annotations of a box on each of two pictures, which are called the same in every split.
std::string coco_of_two() {
    return R"({"images": [{"id": 1, "file_name": "1.ppm", "width": 40, "height": 24},
                          {"id": 2, "file_name": "2.ppm", "width": 40, "height": 24}],
               "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 1, 9, 9]},
                               {"image_id": 2, "category_id": 1, "bbox": [1, 1, 9, 9]}],
               "categories": [{"id": 1, "name": "cat"}]})";
}

}  // namespace

// Proves: masks that cannot be used, or cannot be told apart, are never taken for classes of pictures.
TEST_CASE("graft init takes no masks for a class") {
    const CommandLine line;
    write_pair(line, "jpeg/images/1.ppm", "jpeg/masks/1.jpg", "JPEG");
    CHECK(has(line.graft({"init", "jpeg"}).err, "masks/1.jpg is no PNG, as a mask must be"));
    for (const char* name : {"1", "2", "3"}) {
        write_pair(line, "apart/images/a" + std::string(name) + ".ppm",
                   "apart/masks/" + std::string(name) + "x.ppm", plain_picture());
    }
    CHECK(has(line.graft({"init", "apart"}).err,
              "'images' and 'masks' are no classes by their names, but pictures and their masks"));
    CHECK_FALSE(fs::exists(line.folder / "apart.yaml"));
}

// Proves: the numbers and colours that masks have become classes, whatever they are; a few masks of many
// pictures are enough, and what a mask's name has behind its picture's is found.
TEST_CASE("graft init of masks by their numbers and colours") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    write_pair(line, "two/JPEGImages/1.ppm", "two/SegmentationClass/1.png", bytes_of(grey_one_and_two));
    write_pair(line, "two/JPEGImages/2.ppm", "two/SegmentationObject/2.png", bytes_of(grey_one_and_two));
    line.folder.write("two/JPEGImages/3.ppm", plain_picture());
    line.folder.write("two/JPEGImages/4.ppm", plain_picture());
    const std::string two = pipeline_for(line, "two");
    CHECK(has(two, "images: JPEGImages"));
    CHECK(has(two, "classes: [background, thing]"));
    CHECK(has(two, "values: [1, 2]"));
    write_pair(line, "red/images/1.ppm", "red/gt/1-truth.PNG", bytes_of(red_on_black));
    const std::string red = pipeline_for(line, "red");
    CHECK(has(red, "suffix: \"-truth\""));
    CHECK(has(red, "colours: [\"#000000\", \"#800000\"]"));
}

// Proves: folders named after splits are splits, and folders whose names only sound like masks are classes.
TEST_CASE("graft init of class folders of many names") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    write_classes(line, "sets/training_set");
    write_classes(line, "sets/test_set");
    CHECK(has(pipeline_for(line, "sets"), "split: {train: training_set, val: test_set}"));
    write_classes(line, "faces");
    fs::rename(line.folder / "faces/cat", line.folder / "faces/with_mask");
    fs::rename(line.folder / "faces/dog", line.folder / "faces/without_mask");
    CHECK(has(pipeline_for(line, "faces"), "use: image_folder"));
}

// Proves: an archive's own folder is looked through, and links that lead round in circles end.
TEST_CASE("graft init of a folder in a folder, with links") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    write_classes(line, "unpacked/pets");
    for (const char* name : {"a", "b", "c", "d", "e", "f", "g"}) {
        fs::create_directory_symlink("..", line.folder / "unpacked/pets" / name);
    }
    const std::string text = pipeline_for(line, "unpacked");
    CHECK(has(text, "#   all of it lies in pets/\n#   cat 2, dog 2\n"));
    CHECK(has(text, "root: unpacked/pets\n"));
}

// Proves: where pictures of two splits are called the same, each split has its own.
TEST_CASE("graft init of COCO's annotations finds the pictures of each split") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    for (const char* split : {"train", "val"}) {
        line.folder.write("data/annotations/instances_" + std::string(split) + "2017.json", coco_of_two());
        line.folder.write("data/" + std::string(split) + "2017/1.ppm", plain_picture());
        line.folder.write("data/" + std::string(split) + "2017/2.ppm", plain_picture());
    }
    const std::string text = pipeline_for(line, "data");
    CHECK(has(text, "images: \"{split}2017\""));
    CHECK(has(text, "split: {train: train, val: val}"));
}

// Proves: with a data.yaml, pictures may show nothing for the most part; a key without a value is no split.
TEST_CASE("graft init of YOLO's labels of few pictures") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    line.folder.write("data/data.yaml", "\xEF\xBB\xBFnames: [cat]\ntrain: images\nval:   # none\n");
    for (const char* name : {"1", "2", "3", "4", "5"}) {
        line.folder.write("data/images/" + std::string(name) + ".ppm", plain_picture());
        line.folder.write("data/labels/" + std::string(name) + ".txt", "\n");
    }
    line.folder.write("data/labels/1.txt", "0 0.5 0.5 0.2 0.2\n");
    const std::string text = pipeline_for(line, "data");
    CHECK(has(text,
              "#   1 of 5 pictures have one: 1 boxes of 1 classes: 0 1; 4 more have one without boxes\n"));
    CHECK(has(text, "split: {val: 0.2, seed: 0}"));
}

// Proves: tables as spreadsheets, pandas and Windows write them become pipelines that read them the same way.
TEST_CASE("graft init of tables of many forms") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    std::string table = "file;species;weight;note, long\n";
    for (int row = 0; row < 12; ++row) {
        const std::string name = std::to_string(row);
        table += "photos\\" + name + ".ppm;" +
                 (row == 5       ? "NA"
                  : row % 2 == 0 ? "wren"
                                 : "tit") +
                 ";" + (row == 3 ? "nan" : name + ".5") + ";x\n";
        line.folder.write("birds/all/photos/" + name + ".ppm", plain_picture());
    }
    line.folder.write("birds/tables/birds.csv", table);
    line.folder.write("birds/test.csv", "file\nphotos/1.ppm\n");
    const std::string text = pipeline_for(line, "birds");
    CHECK(has(text, "csv: tables/birds.csv\n"));
    CHECK(has(text, "images: all\n"));
    CHECK(has(text, "delimiter: \";\"\n"));
    CHECK(has(text, "missing: [NA, \"nan\"]"));
    CHECK(has(text, "column 'species': 2 classes: tit 5, wren 6\n"));
    CHECK(has(text, "scalars: [weight]"));
    CHECK(line.graft({"show", "birds.yaml", "--inspect"}).exit_code == 0);
}

// Proves: of two tables whose pictures are called the same, each is told with its own.
TEST_CASE("graft init of a table a split names the folder of each") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    for (const char* split : {"train", "val"}) {
        write_classes(line, "pets/" + std::string(split));
        line.folder.write("pets/" + std::string(split) + ".csv",
                          "file,label\ncat/1.ppm,cat\ncat/2.ppm,cat\ndog/1.ppm,dog\ndog/2.ppm,dog\n");
    }
    const Printed printed = line.graft({"init", "pets", "--weights", "none"});
    CHECK(has(printed.out, "`graft eval RUN --set data.csv=val.csv --set data.images=val` measures by it"));
}

// Proves: a dry run does not pass where a run would stop, since no picture can be used.
TEST_CASE("graft run --dry-run of pictures that nobody can read") {
    if (!has_engine()) {
        return;
    }
    const CommandLine line;
    write_classes(line, "pets");
    CHECK(has(pipeline_for(line, "pets"), "use: image_folder"));
    for (const char* name : {"cat/1", "cat/2", "dog/1", "dog/2"}) {
        line.folder.write("pets/" + std::string(name) + ".ppm", "no picture");
    }
    const Printed dry = line.graft({"run", "pets.yaml", "--dry-run", "--set", "data.image.size=32"});
    CHECK(dry.exit_code == 4);
    CHECK(has(dry.err, "samples cannot be read:"));
}
