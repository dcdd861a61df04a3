// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The plugins coco and yolo: files that other programs write, whose pictures are found, and found to be the
// ones that their annotations mean.
#include <doctest/doctest.h>

#include "tables.hpp"

using namespace graft;
using graft::test::ids;
using graft::test::TableFolder;

namespace {

using Lines = std::vector<std::string>;

/// A binary PGM, which tells its size.
std::string pgm_of(int width, int height) {
    return "P5 " + std::to_string(width) + " " + std::to_string(height) + " 255\n" +
           std::string(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 'x');
}

std::string coco_of(const std::string& images, const std::string& annotations) {
    return R"({"images": [)" + images + R"(], "annotations": [)" + annotations +
           R"(], "categories": [{"id": 1, "name": "cat", "keypoints": null}]})";
}

}  // namespace

// Proves: annotations of a picture of another size than the file's are never taken for places in the file.
TEST_CASE("coco: the size that an image tells is its file's, in either frame, or it is left out") {
    const TableFolder folder("coco");
    folder.write("a.pgm", pgm_of(20, 10));
    folder.write("b.pgm", pgm_of(10, 20));
    folder.write("c.pgm", pgm_of(40, 20));
    folder.write("d.pgm", pgm_of(30, 20));
    folder.write("annotations.json", coco_of(R"({"id": 1, "file_name": "a.pgm", "width": 20, "height": 10},
                            {"id": 2, "file_name": "b.pgm", "width": 20, "height": 10},
                            {"id": 3, "file_name": "c.pgm", "width": 20, "height": 10},
                            {"id": 4, "file_name": "d.pgm"})",
                                             R"({"image_id": 4, "category_id": 1, "bbox": [25, 15, 5, 5]})"));
    const auto dataset = folder.open({});
    CHECK(ids(*dataset) == Lines{"a.pgm", "b.pgm", "d.pgm"});
    CHECK(std::get<Boxes>(dataset->targets(2)[0]).at(0).right == 30);
    CHECK(
        folder.problems(*dataset) ==
        Lines{"annotations.json: images[2]: is 20 x 10 pixels large by `width` and `height`, but ROOT/c.pgm "
              "by itself 40 x 20; its annotations are places in another picture, so it is left out"});
}

// Proves: what pandas, Windows and converters make of a file of annotations is read as it is meant.
TEST_CASE("coco: numbers with a point, null for nothing, backslashes, a category twice") {
    const TableFolder folder("coco");
    folder.pictures({"in/a.jpg"});
    folder.write("annotations.json",
                 R"({"images": [{"id": -7.0, "file_name": "in\\a.jpg", "width": 20.0, "height": 10.0}],
                     "annotations": [{"image_id": -7, "category_id": 0.0, "bbox": [1, 2, 3, 4],
                                      "segmentation": null, "keypoints": null, "iscrowd": null},
                                     {"image_id": -7, "category_id": 1, "bbox": [1, 2, 3, 4]}],
                     "categories": [{"id": 0, "name": "fish"}, {"id": 1, "name": "fish"}]})");
    CHECK(folder.schema({})[0] == boxes_target("boxes", {"fish"}));
    const auto dataset = folder.open({});
    CHECK(ids(*dataset) == Lines{"in/a.jpg"});
    const auto boxes = std::get<Boxes>(dataset->targets(0)[0]);
    REQUIRE(boxes.size() == 2);
    CHECK((boxes[0].class_index == 0 && boxes[1].class_index == 0));
    CHECK(folder.problems(*dataset) ==
          Lines{"annotations.json: has two categories of the name 'fish', of the ids 0 and 1; they are one "
                "class"});
    folder.write("annotations.json", coco_of(R"({"id": 1.5, "file_name": "in/a.jpg"})", ""));
    CHECK(folder.error({}).find("images[0]: `id` is 1.5; expected a whole number") != std::string::npos);
}

// Proves: an absolute `path` beside a relative root, as Ultralytics writes it, makes no two pictures one.
TEST_CASE("yolo: pictures keep their names where data.yaml has an absolute path") {
    const TableFolder folder("yolo");
    const std::filesystem::path below = folder.root().lexically_relative(std::filesystem::current_path());
    folder.write("data.yaml", "path: " + folder.root().string() + "\ntrain: images\nnames: [cat]\n");
    for (const char* name : {"a", "b", "c"}) {
        folder.write("images/" + std::string(name) + ".pgm", pgm_of(20, 10));
        folder.write("labels/" + std::string(name) + ".txt", "0 0.5 0.5 0.2 0.4\n");
    }
    const auto dataset = folder.open({{"root", below.string()}}, "train");
    CHECK(ids(*dataset) == Lines{"images/a.pgm", "images/b.pgm", "images/c.pgm"});
    CHECK(dataset->problems().empty());
}

// Proves: a label beside its picture counts although a folder above is called `images`; lists of other
// programs name their pictures, and their lines are told.
TEST_CASE("yolo: labels beside pictures below `images`, and lists with backslashes") {
    const TableFolder folder("yolo");
    folder.write("data.yaml", "train: train.txt\nvalidation: images\nnames: [cat]\n");
    folder.write("images/a.pgm", pgm_of(20, 10));
    folder.write("images/a.txt",
                 "\xEF\xBB\xBF"
                 "0 0.5 0.5 0.2 0.4\r\n");
    folder.write("train.txt", "images\\a.pgm\r\n./images/a.pgm\n/content/b.pgm\n");
    const auto validation = folder.open({}, "val");
    CHECK(std::get<Boxes>(validation->targets(0)[0]).size() == 1);
    CHECK(validation->problems().empty());
    const auto train = folder.open({}, "train");
    CHECK(ids(*train) == Lines{"images/a.pgm"});
    CHECK(folder.problems(*train) == Lines{"ROOT/train.txt:2: is there twice; it counts once",
                                           "ROOT/train.txt:3: there is no file /content/b.pgm"});
}

// Proves: points change places in mirror images in pairs, or the file is refused.
TEST_CASE("yolo: a flip_idx that is no pairs is refused") {
    const TableFolder folder("yolo");
    folder.write("data.yaml", "train: a\nnames: [a]\nkpt_shape: [3, 2]\nflip_idx: [1, 2, 0]\n");
    CHECK(folder.error({}, "train") ==
          "ROOT/data.yaml:4: `flip_idx` is to name one of the 3 points for each of them, and of a pair each "
          "the other");
}
