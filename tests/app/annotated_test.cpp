// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Folders of masks, COCO's and YOLO's annotations through the programs: found by `graft init`, trained,
// asked, exported.
#include <doctest/doctest.h>

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

/// A folder of the plugins' own examples, and the pipeline that `graft init` writes for it.
class Annotated {
public:
    explicit Annotated(const std::string& example) {
        const fs::path source = fs::path(GRAFT_TEST_SOURCE) / "plugins/datasets" / example;
        fs::copy(source, line.folder / "data", fs::copy_options::recursive);
    }

    std::string init() const {
        const Printed printed = line.graft({"init", "data", "--weights", "none", "--out", "first.yaml"});
        CAPTURE(printed.err);
        REQUIRE(printed.exit_code == 0);
        return printed.out;
    }

    std::string pipeline() const { return slurp(line.folder / "first.yaml"); }

    void run() const {
        const Printed printed = line.graft({"run", "first.yaml", "--out", "run", "--set", "train.epochs=1",
                                            "--set", "data.image.size=32", "--set", "train.batch=2", "--set",
                                            "data.split.val=0.5", "--set", "train.device=cpu"});
        CAPTURE(printed.err);
        REQUIRE(printed.exit_code == 0);
    }

    Json predict(const std::string& picture) const {
        const Printed printed = line.graft({"predict", "run", picture, "--json", "--picture", "seen.png"});
        CAPTURE(printed.err);
        REQUIRE(printed.exit_code == 0);
        CHECK(fs::exists(line.folder / "seen.png"));
        return parse_json(printed.out)["heads"];
    }

    void export_onnx() const {
        const Printed printed = line.graft({"export", "run", "--to", "onnx", "--out", "model.onnx"});
        CAPTURE(printed.err);
        CHECK(printed.exit_code == 0);
        CHECK(has(printed.out, "verified  OpenCV"));
    }

    CommandLine line;
};

}  // namespace

TEST_SUITE_BEGIN("slow");
// Proves: masks beside pictures become a pipeline that trains a segmentation, whose network OpenCV can run.
TEST_CASE("a folder of masks goes the whole way") {
    if (!has_engine()) {
        return;
    }
    const Annotated masks("mask_folder/conformance");
    const std::string found = masks.init();
    CHECK(has(found,
              "data: a mask beside each picture\n"
              "  2 of 2 pictures in images/ have one of the same name in masks/\n"
              "  numbers in masks: 0, 1\n"));
    CHECK(has(masks.pipeline(), "  classes: [background, thing]"));
    CHECK(has(masks.pipeline(), "monitor: val/scene/miou"));
    masks.run();
    const Json classes = masks.predict("data/images/1.png")["scene"]["classes"];
    CHECK(classes["background"].get<double>() + classes["thing"].get<double>() == doctest::Approx(1));
    masks.export_onnx();

    // By colours the palette of one mask fits, the grey of the other is told.
    const auto show = [&](const std::string& split) {
        return masks.line.graft({"show", "first.yaml", "--inspect", "--split", split, "--set",
                                 "data.split.val=0.5", "--set",
                                 R"(data.colours=["#00ff00", "#01fe01", "#ff00ff"])"});
    };
    const Printed palette = show("val");
    CAPTURE(palette.err);
    CHECK(palette.exit_code == 0);
    CHECK(has(palette.out, "  mask     [1, 96, 96]     uint8 "));
    CHECK(has(show("train").err,
              "target 'mask' has pixels of colours in its mask that no class has: #000000 at 320, "
              "#010101 at 63, #ffffff at 1"));
}

// Proves: COCO's annotations become a pipeline that trains boxes, decoded by a network that OpenCV can run.
TEST_CASE("annotations in COCO's format go the whole way") {
    if (!has_engine()) {
        return;
    }
    const Annotated coco("annotations/conformance/coco");
    CHECK(
        has(coco.init(),
            "  annotations.json: 3 pictures, 3 boxes, 3 outlines, 2 sets of points; 2 classes: red, blue\n"));
    CHECK(has(coco.pipeline(), "  targets: [boxes]"));
    CHECK(has(coco.pipeline(), "monitor: val/things/average_precision"));
    coco.run();
    for (const Json& one : coco.predict("data/pictures/1.png")["things"]) {
        CHECK((one["class"] == "red" || one["class"] == "blue"));
        CHECK(one["box"].size() == 4);
    }
    coco.export_onnx();
}

// Proves: YOLO's annotations become a pipeline that can be checked; a broken line is told with its file and
// line.
TEST_CASE("annotations in YOLO's format are found, and a broken line is told") {
    if (!has_engine()) {
        return;
    }
    const Annotated yolo("annotations/conformance/yolo");
    CHECK(has(yolo.init(),
              "data: a text of boxes beside each picture, in YOLO's format\n"
              "  2 of 3 pictures have one: 3 boxes of 2 classes: 0 2, 1 1\n  data.yaml names the classes\n"));
    yolo.line.folder.write("data/labels/train/1.txt", "5 0.5 0.5 0.1 0.1\n");
    CHECK(yolo.line.graft({"check", "first.yaml"}).exit_code == 0);
    const Printed run = yolo.line.graft({"run", "first.yaml", "--set", "data.split.val=0.5"});
    CHECK(run.exit_code == 4);
    CHECK(has(run.err,
              "1 of 3 records cannot be used:\n  data/labels/train/1.txt:1: the class is 5; data.yaml names "
              "0 to 1; its "
              "picture is left out\n  mend or remove them, or allow more than 0.05 with data.bad_images"));
}
TEST_SUITE_END();
