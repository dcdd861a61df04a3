// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The plugins coco and yolo by their own descriptors: what becomes of annotations, and what is said of those
// that cannot be used.
#include <doctest/doctest.h>

#include "core/files.hpp"
#include "core/json_text.hpp"
#include "tables.hpp"

using namespace graft;
using graft::test::ids;
using graft::test::TableFolder;

namespace {

using Texts = std::vector<std::string>;
using Given = std::map<std::string, OptionValue>;

/// "place: message" of each problem, without the folder.
Texts record_problems(const Dataset& dataset, const std::filesystem::path& root) {
    Texts lines;
    for (const DataProblem& problem : dataset.problems()) {
        std::string text = problem.place + ": " + problem.message;
        for (std::size_t found = 0; (found = text.find(root.string() + "/", found)) != std::string::npos;) {
            text.erase(found, root.string().size() + 1);
        }
        lines.push_back(text);
    }
    return lines;
}

/// Two categories, two pictures of 20 x 10 pixels, and annotations.
std::string coco_text(const std::string& annotations, const std::string& images = "") {
    return R"({"info": {"year": 2017, "tags": [1, {"a": []}]}, "annotations": [)" + annotations +
           R"(], "images": [{"id": 1, "file_name": "a.jpg", "width": 20, "height": 10},
              {"id": 2, "file_name": "b.jpg", "width": 20, "height": 10})" +
           images +
           R"(], "categories": [{"id": 9, "name": "cat", "keypoints": ["left_ear", "tail", "right_ear"]},
              {"id": 4, "name": "dog"}]})";
}

/// A binary PGM of 20 x 10 pixels.
std::string grey_picture() {
    return "P5 20 10 255\n" + std::string(200, 'x');
}

const Given everything{{"targets", Texts{"boxes", "mask", "points"}}};

}  // namespace

TEST_CASE("coco: boxes and crowds, a mask of outlines, the points of the thing with most of them") {
    const TableFolder folder("coco");
    folder.pictures({"a.jpg", "b.jpg"});
    folder.write("annotations.json",
                 coco_text(R"({"id": 1, "image_id": 1, "category_id": 9, "bbox": [1, 2, 4, 3], "iscrowd": 0,
                               "segmentation": [[1, 2, 5, 2, 5, 5, 1, 5]], "keypoints": [1, 2, 2, 0, 0, 0, 4, 3, 1]},
                              {"id": 2, "image_id": 1, "category_id": 4, "bbox": [18, 0, 2.5, 1], "iscrowd": 1,
                               "segmentation": {"counts": [180, 1, 9, 1, 9], "size": [10, 20]}})"));
    const auto schema = folder.schema(everything);
    CHECK(schema[0] == boxes_target("boxes", {"dog", "cat"}));
    CHECK(schema[1] == mask_target("mask", {"background", "dog", "cat"}));
    CHECK(schema[2].point_names == Texts{"left_ear", "tail", "right_ear"});
    CHECK(schema[2].mirrored_points == std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 2}});
    const auto dataset = folder.open(everything);
    CHECK(ids(*dataset) == Texts{"a.jpg", "b.jpg"});
    CHECK(dataset->problems().empty());
    const auto values = dataset->targets(0);
    const auto& boxes = std::get<Boxes>(values[0]);
    REQUIRE(boxes.size() == 2);
    CHECK((boxes[0].left == 1 && boxes[0].top == 2 && boxes[0].right == 5 && boxes[0].bottom == 5));
    CHECK((boxes[0].class_index == 1 && !boxes[0].ignored));
    CHECK(
        (boxes[1].right == 20 && boxes[1].class_index == 0 && boxes[1].ignored));  // half a pixel is rounding
    const auto map = std::get<ClassMap>(std::get<MaskSource>(values[1]));
    std::int64_t cats = 0;
    for (std::int64_t pixel = 0; pixel < 200; ++pixel) {
        const bool is_cat = pixel % 20 >= 1 && pixel % 20 < 5 && pixel / 20 >= 2 && pixel / 20 < 5;
        const bool is_dog = pixel / 20 == 0 && pixel % 20 >= 18;  // the first pixels of the last two columns
        CHECK(map.classes[static_cast<std::size_t>(pixel)] == (is_cat ? 2 : is_dog ? 1 : 0));
        cats += is_cat;
    }
    CHECK(cats == 12);
    const auto& points = std::get<Points>(values[2]);
    CHECK((points[0]->x == 1.5 && points[0]->y == 2.5 && !points[1] && points[2]->x == 4.5));
    const auto nothing = dataset->targets(1);
    CHECK(std::get<Boxes>(nothing[0]).empty());
    CHECK(std::holds_alternative<std::monostate>(nothing[2]));
    const auto cats_alone = folder.open({{"classes", Texts{"cat"}}});
    CHECK(std::get<Boxes>(cats_alone->targets(0)[0]).size() == 1);
}

TEST_CASE("coco: every annotation that cannot be used is told by its place, and its picture left out") {
    const TableFolder folder("coco");
    folder.pictures({"a.jpg", "b.jpg"});
    const auto bad = [](const std::string& fields) { return R"({"image_id": 1, )" + fields + "},"; };
    folder.write(
        "annotations.json",
        coco_text(bad(R"("category_id": 5, "bbox": [1, 1, 2, 2])") +
                      bad(R"("category_id": 9, "bbox": [15, 1, 9, 2], "id": 77)") +
                      bad(R"("category_id": 9, "bbox": [1, 1, 0, 2])") +
                      bad(R"("category_id": 9, "bbox": [1, 1, "2", 2])") +
                      bad(R"("category_id": 9, "bbox": [1, 1, 2])") + bad(R"("category_id": 9)") +
                      bad(R"("category_id": "9", "bbox": [1, 1, 2, 2])") +
                      R"(7, {"category_id": 9}, {"image_id": 3, "category_id": 9, "bbox": [1, 1, 2, 2]})",
                  R"(, {"id": 2, "file_name": "c.jpg", "width": 2, "height": 2},
                              {"id": 5, "file_name": "gone.jpg", "width": 2, "height": 2},
                              {"id": 6, "file_name": "../up.jpg", "width": 2, "height": 2},
                              {"id": 7, "file_name": "a.jpg", "width": 0, "height": 2},
                              {"id": 8, "file_name": "a.jpg", "width": 1000000000, "height": 1000000000})"));
    const auto dataset = folder.open({});
    CHECK(ids(*dataset) == Texts{"b.jpg"});
    const std::string out = "; its picture is left out";
    CHECK(
        record_problems(*dataset, folder.root()) ==
        Texts{"annotations.json: annotations[7]: is no object",
              "annotations.json: annotations[8]: has no `image_id`; expected a whole number",
              "annotations.json: images[5]: `width` is 0; expected a whole number above 0",
              "annotations.json: images[6]: is 1000000000 x 1000000000 pixels large; at most 100 million are "
              "read",
              "annotations.json: images[2]: has the id 2 of annotations.json: images[1]",
              "annotations.json: images[3]: there is no file gone.jpg",
              "annotations.json: images[4]: names '../up.jpg'; expected a path below the pictures' folder",
              "annotations.json: annotations[0]: `category_id` is 5, which no category has" + out,
              "annotations.json: annotations[1] (id 77): its box [15, 1, 24, 3] (left, top, right, bottom) "
              "lies "
              "outside its picture of 20 x 10 pixels" +
                  out,
              "annotations.json: annotations[2]: its box [1, 1, 1, 3] (left, top, right, bottom) is empty" +
                  out,
              "annotations.json: annotations[3]: `bbox[2]` is \"2\"; expected a number" + out,
              "annotations.json: annotations[4]: `bbox` is a list of 3; expected [left, top, width, height]" +
                  out,
              "annotations.json: annotations[5]: has no `bbox`; expected [left, top, width, height]" + out,
              "annotations.json: annotations[6]: `category_id` is \"9\"; expected a whole number" + out,
              "annotations.json: annotations[9]: `image_id` is 3, which no image has" + out});
}

TEST_CASE("coco: outlines and points of the wrong form") {
    const TableFolder folder("coco");
    folder.pictures({"a.jpg", "b.jpg"});
    const auto bad = [](const std::string& fields) {
        return R"({"image_id": 1, "category_id": 9, "bbox": [1, 1, 2, 2], )" + fields + "},";
    };
    const std::string good = R"({"image_id": 2, "category_id": 4, "bbox": [1, 1, 2, 2],
                                 "segmentation": [[1, 1, 3, 1, 3, 3]]})";
    folder.write(
        "annotations.json",
        coco_text(bad(R"("segmentation": [[1, 2, 3, 4]])") +
                  bad(R"("segmentation": [[1, 2, 3, 4, 5, null]])") +
                  bad(R"("segmentation": [[1, 2, 3, 4, 5, 1e300]])") +
                  bad(R"("segmentation": {"counts": [1, 2], "size": [10, 20]})") +
                  bad(R"("segmentation": {"counts": [100], "size": [10, 10]})") +
                  bad(R"("segmentation": {"counts": [-1, 201], "size": [10, 20]})") +
                  bad(R"("segmentation": {"counts": "0 ", "size": [10, 20]})") +
                  bad(R"("segmentation": {"counts": "oooooooo", "size": [10, 20]})") +
                  bad(R"("segmentation": [])") +
                  bad(R"("segmentation": [[1, 1, 3, 1, 3, 3]], "keypoints": [1, 2, 3, 1, 2, 0, 1, 2, 0])") +
                  bad(R"("segmentation": [[1, 1, 3, 1, 3, 3]], "keypoints": [1, 2, 2])") + good));
    const auto dataset = folder.open(everything);
    Texts told = record_problems(*dataset, folder.root());
    REQUIRE(told.size() == 11);
    for (std::string& text : told) {
        text = text.substr(text.find("]: ") + 3);
        text = text.substr(0, text.find("; its picture"));
    }
    CHECK(
        told ==
        Texts{
            "`segmentation[0]` is a list of 4; expected x and y in turn, of three corners or more",
            "`segmentation[0][5]` is null; expected a number",
            "`segmentation[0]` is a list of 6; expected places in a picture, within a million of its corner",
            "its runs are 3 pixels long, but its picture has 20 x 10",
            "its runs are 100 pixels long, but its picture has 20 x 10",
            "`segmentation.counts[0]` is -1; expected a number of pixels",
            "its run-length text is broken at character 2", "its run-length text is broken at character 7",
            "has no outline (`segmentation`), which the target mask needs",
            "`keypoints[2]` is 3; expected 0 (not marked), 1 (hidden) or 2 (seen)",
            "`keypoints` are 1 points, but its category has 3"});
    CHECK(ids(*dataset) == Texts{"b.jpg"});
}

TEST_CASE("coco: files that are none") {
    const TableFolder folder("coco");
    CHECK(folder.error({}) ==
          "there is no file ROOT/annotations.json.\nROOT holds: (none)\nCorrect `root`, "
          "`annotations` or the split's name.");
    const auto with = [&](const std::string& text) {
        folder.write("annotations.json", text);
        return folder.error({});
    };
    CHECK(with("{\"images\": [\n1, }")
              .starts_with("ROOT/annotations.json: is no JSON: parse error at line 2, column"));
    CHECK(with("").starts_with("ROOT/annotations.json: is no JSON: parse error at line 1, column 1"));
    CHECK(with("[]") ==
          "ROOT/annotations.json: is a JSON list or value; expected an object with images, annotations "
          "and categories");
    CHECK(with(R"({"images": [], "annotations": {}, "categories": []})") ==
          "ROOT/annotations.json: has no list `annotations`; a COCO file has images, annotations and "
          "categories");
    CHECK(with(R"({"images": [], "annotations": [], "categories": []})") ==
          "ROOT/annotations.json: has no category; expected at least one");
    CHECK(with(R"({"images": [], "annotations": [], "categories": [{"id": 1, "name": 3}]})") ==
          "ROOT/annotations.json: categories[0]: `name` is 3; expected a text");
    CHECK(with(R"({"images": [], "annotations": [], "categories": [{"id": 1, "name": "a"}]})")
              .starts_with("ROOT/annotations.json gives no picture that can be used"));
    CHECK(with(std::string(100'000, '[')).starts_with("ROOT/annotations.json: is no JSON"));
    folder.write("annotations.json", coco_text(""));
    CHECK(folder.error({{"classes", Texts{"cow"}}}) ==
          "`classes` has 'cow', which is there twice or no category of ROOT/annotations.json, which has: "
          "dog, cat");
    CHECK(folder.error({{"targets", Texts{"box"}}}) == "`targets` has 'box'; allowed: boxes, mask, points");
    CHECK(folder.error({{"targets", Texts{"points"}}, {"classes", Texts{"dog"}}}) ==
          "`targets` has 'points', but the annotations tell of none; leave it out");
}

TEST_CASE("coco: outlines are the pixels that pycocotools makes of them") {
    const auto golden =
        core::parse_json(core::read_file(GRAFT_TEST_SOURCE "/tests/data/goldens/outlines.json"));
    for (const auto& one : golden["outlines"]) {
        const TableFolder folder("coco");
        folder.pictures({"a.jpg"});
        core::Json thing = {{"image_id", 1},
                            {"category_id", 1},
                            {"bbox", {0, 0, 1, 1}},
                            {"segmentation", one["segmentation"]}};
        folder.write("annotations.json",
                     core::json_text(core::Json{{"images",
                                                 {{{"id", 1},
                                                   {"file_name", "a.jpg"},
                                                   {"width", golden["width"]},
                                                   {"height", golden["height"]}}}},
                                                {"annotations", {thing}},
                                                {"categories", {{{"id", 1}, {"name", "a"}}}}}));
        const auto values = folder.open({{"targets", Texts{"mask"}}})->targets(0);
        const ClassMap map = std::get<ClassMap>(std::get<MaskSource>(values[0]));
        const auto wanted = one["pixels"].get<std::string>();
        REQUIRE(wanted.size() == map.classes.size());
        std::int64_t different = 0;
        for (std::size_t pixel = 0; pixel < wanted.size(); ++pixel) {
            different += (wanted[pixel] == '1') != (map.classes[pixel] == 1) ? 1 : 0;
        }
        CHECK(different <= one["may_differ"].get<std::int64_t>());
    }
}

TEST_CASE("yolo: boxes, outlines and points in the pixels of their pictures") {
    const TableFolder folder("yolo");
    folder.write("data.yaml",
                 "path: ../elsewhere\ntrain: images/train\nval: ../images/val\nnc: 2\nnames: [cat, dog]\n");
    for (const char* name : {"train/a", "train/b", "val/c"}) {
        folder.write("images/" + std::string(name) + ".pgm", grey_picture());
    }
    folder.write("labels/train/a.txt", "1 0.5 0.5 0.2 0.4\r\n\n0 0.1 0.1 0.4 0.1 0.4 0.6 0.1 0.6\n");
    folder.write("labels/val/c.txt", "");
    const auto dataset = folder.open({}, "train");
    CHECK(ids(*dataset) == Texts{"images/train/a.pgm", "images/train/b.pgm"});
    const auto boxes = std::get<Boxes>(dataset->targets(0)[0]);
    REQUIRE(boxes.size() == 2);
    CHECK(boxes[0].left == doctest::Approx(8));
    CHECK(boxes[0].bottom == doctest::Approx(7));
    CHECK(boxes[0].class_index == 1);
    CHECK(boxes[1].right == doctest::Approx(8));
    CHECK(boxes[1].top == doctest::Approx(1));
    CHECK(std::get<Boxes>(dataset->targets(1)[0]).empty());
    CHECK(record_problems(*dataset, folder.root()) ==
          Texts{"images/train/b.pgm: has no label file labels/train/b.txt; such a picture shows nothing"});
    CHECK(ids(*folder.open({}, "val")) == Texts{"images/val/c.pgm"});
    CHECK(folder.open({})->size() == 3);

    folder.write("data.yaml",
                 "train: images/train\nnames: {0: cat, 1: dog}\nkpt_shape: [2, 3]\nflip_idx: [1, 0]\n");
    folder.write("labels/train/a.txt", "0 0.5 0.5 0.2 0.4 0.5 0.5 2 0 0 0\n");
    const Given points{{"targets", Texts{"points"}}};
    CHECK(folder.schema(points)[0].mirrored_points ==
          std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 1}});
    const auto known = std::get<Points>(folder.open(points, "train")->targets(0)[0]);
    CHECK(known[0]->x == doctest::Approx(10));
    CHECK_FALSE(known[1].has_value());
}

TEST_CASE("yolo: lines that cannot be used are told by file and line, and their picture left out") {
    const TableFolder folder("yolo");
    folder.write("data.yaml", "train: images\nnames: [cat, dog]\n");
    folder.write("images/a.pgm", grey_picture());
    folder.write("images/b.pgm", grey_picture());
    folder.write("images/c.pgm", "P5 20");
    folder.write(
        "labels/a.txt",
        "2 0.5 0.5 0.1 0.1\n-1 0.5 0.5 0.1 0.1\n0.5 0.5 0.5 0.1 0.1\n0 50 0.5 0.1 0.1\n0 0.5 0.5 0.1\n"
        "0 0.5 0.5 nan 0.1\n0 0.5 cat 0.1 0.1\n0 0.5 0.5 0 0.1\n0 0.95 0.5 0.4 0.1\n0 0.5 0.5 0.1 0.1 0.3 "
        "0.2 0.2\n");
    folder.write("labels/b.txt", "0 0.5 0.5 0.1 0.1\n");
    const auto dataset = folder.open({}, "train");
    CHECK(ids(*dataset) == Texts{"images/b.pgm"});
    const std::string out = "; its picture is left out";
    CHECK(record_problems(*dataset, folder.root()) ==
          Texts{"labels/a.txt:1: the class is 2; data.yaml names 0 to 1" + out,
                "labels/a.txt:2: the class is -1; data.yaml names 0 to 1" + out,
                "labels/a.txt:3: the class is 0.5; data.yaml names 0 to 1" + out,
                "labels/a.txt:4: number 2 is 50.000000; expected parts of the picture's sides, 0 to 1" + out,
                "labels/a.txt:5: has 4 numbers; expected a class and 4 of its box, or a class and x and y of "
                "three "
                "corners or more" +
                    out,
                "labels/a.txt:6: 'nan' is no number" + out, "labels/a.txt:7: 'cat' is no number" + out,
                "labels/a.txt:8: its box [10, 4.5, 10, 5.5] (left, top, right, bottom) is empty" + out,
                "labels/a.txt:9: its box [15, 4.5, 23, 5.5] (left, top, right, bottom) lies outside its "
                "picture of 20 "
                "x 10 pixels" +
                    out,
                "labels/a.txt:10: has 8 numbers; expected a class and 4 of its box, or a class and x and y "
                "of three "
                "corners or more" +
                    out,
                "images/c.pgm: does not tell its size, which YOLO's labels need; save it as JPEG or PNG"});
    CHECK(folder.open({{"targets", Texts{"boxes"}}}, "train")->size() == 1);
    folder.write("labels/a.txt", "");
    const auto masks = folder.open({{"targets", Texts{"mask"}}}, "train");
    CHECK(record_problems(*masks, folder.root()).front() ==
          "labels/b.txt:1: is a box without an outline, which the target mask needs" + out);
}

TEST_CASE("yolo: a data.yaml that contradicts itself") {
    const TableFolder folder("yolo");
    const auto with = [&](const std::string& text) {
        folder.write("data.yaml", text);
        return folder.error({}, "train");
    };
    CHECK(folder.error({}) ==
          "there is no file ROOT/data.yaml.\nROOT holds: (none)\nCorrect `root` or `data`.");
    CHECK(with("train: [a\nnames").starts_with("ROOT/data.yaml:"));
    CHECK(with("- a\n") == "ROOT/data.yaml:1: is no map; expected keys such as train, val and names");
    CHECK(with("train: a\n") ==
          "ROOT/data.yaml:1: `names` is to be a list of the classes, or a map from 0, 1, ... to them");
    CHECK(with("train: a\nnames: [a, a]\n") ==
          "ROOT/data.yaml:2: `names` is to have one name for each of 0, 1, ..., all of them different");
    CHECK(with("train: a\nnames: {0: a, 2: b}\n") ==
          "ROOT/data.yaml:2: `names` is to have one name for each of 0, 1, ..., all of them different");
    CHECK(with("train: a\nnames: [a]\nnc: 2\n") ==
          "ROOT/data.yaml:3: `nc` is not the number of `names`, which is 1");
    CHECK(with("names: [a]\n") == "ROOT/data.yaml:1: has none of the keys train, val and test");
    CHECK(with("train: gone\nnames: [a]\n")
              .starts_with("ROOT/data.yaml names ROOT/gone, which is no folder and no list of pictures.\n"));
    CHECK(with("val: gone\nnames: [a]\n") ==
          "ROOT/data.yaml has no key 'train'; a split is one of its keys train, val and test");
    CHECK(with("train: a\nnames: [a]\nkpt_shape: [0, 3]\n") ==
          "ROOT/data.yaml:3: `kpt_shape` is to be [points, 2] or [points, 3]");
}
