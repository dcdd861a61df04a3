// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The plugin mask_folder by its own descriptor: which mask belongs to which picture, what is named as left
// out, and what is refused.
#include <doctest/doctest.h>

#include "tables.hpp"

using namespace graft;
using graft::test::ids;
using graft::test::TableFolder;
namespace fs = std::filesystem;

namespace {

using Texts = std::vector<std::string>;

/// "PATH below the root: message" of each problem.
Texts told(const Dataset& dataset, const fs::path& root) {
    Texts lines;
    for (const DataProblem& problem : dataset.problems()) {
        std::string text = problem.place + ": " + problem.message;
        for (std::size_t found = 0; (found = text.find(root.string(), found)) != std::string::npos;) {
            text.replace(found, root.string().size() + 1, "");
        }
        lines.push_back((problem.record ? "record " : "") + text);
    }
    return lines;
}

const std::map<std::string, OptionValue> two_class_masks{{"classes", Texts{"ground", "road"}}};

}  // namespace

TEST_CASE("mask_folder: pairs by path below both folders, whatever the picture's extension") {
    const TableFolder folder("mask_folder");
    folder.pictures({"images/b.jpg", "images/deep/a.PNG", "images/alone.jpg", "images/notes.txt",
                     "masks/b.png", "masks/deep/a.png", "masks/left.png", "masks/c.jpg"});
    const auto dataset = folder.open(two_class_masks);
    CHECK(ids(*dataset) == Texts{"images/b.jpg", "images/deep/a.PNG"});
    const auto source = std::get<MaskSource>(dataset->targets(1).at(0));
    CHECK(std::get<fs::path>(source) == folder.root() / "masks/deep/a.png");
    CHECK(folder.schema(two_class_masks)[0] == mask_target("mask", {"ground", "road"}));
    CHECK(told(*dataset, folder.root()) ==
          Texts{"masks/c.jpg: is no PNG; masks are PNG with a palette or grey; left out",
                "images/alone.jpg: has no mask masks/alone.png; left out",
                "images/notes.txt: is no picture that graft reads; left out",
                "record masks/left.png: belongs to no picture in images"});
}

TEST_CASE("mask_folder: splits in the path, a suffix, values of classes") {
    const TableFolder folder("mask_folder");
    folder.pictures({"train/a.jpg", "train/a_mask.png", "val/b.jpg", "val/b_mask.png"});
    std::map<std::string, OptionValue> given = two_class_masks;
    given.insert({{"images", "{split}"},
                  {"masks", "{split}"},
                  {"suffix", "_mask"},
                  {"values", std::vector<std::int64_t>{0, 255}}});
    CHECK(ids(*folder.open(given, "val")) == Texts{"val/b.jpg"});
    CHECK(ids(*folder.open(given)) == Texts{"train/a.jpg", "val/b.jpg"});
    CHECK(folder.schema(given)[0].properties == std::map<std::string, std::string>{{"values", "0 255"}});
    CHECK(folder.open(given, "val")->problems().empty());
}

TEST_CASE("mask_folder: colours of classes, as given or PASCAL VOC's") {
    const TableFolder folder("mask_folder");
    std::map<std::string, OptionValue> given = two_class_masks;
    given["colours"] = Texts{"#000000", "#FF8000"};
    CHECK(folder.schema(given)[0].properties ==
          std::map<std::string, std::string>{{"colours", "#000000 #FF8000"}});
    given["colours"] = Texts{"voc"};  // black, maroon, and the border of things
    CHECK(folder.schema(given)[0].properties ==
          std::map<std::string, std::string>{{"colours", "#000000 #800000 #e0e0c0"}});
    given["colours"] = Texts{"#000000", "maroon"};
    CHECK(folder.error(given) ==
          "`colours` has 2 entries, 2 of them different, for 2 classes; give each class a colour such as "
          "\"#800000\", and one more where there are pixels that do not count, or write [voc]");
    given["colours"] = Texts{"voc"};
    given["values"] = std::vector<std::int64_t>{0, 1};
    CHECK(folder.error(given) ==
          "`values` and `colours` are both given; numbers of pixels or their colours are the classes");
}

TEST_CASE("mask_folder: what cannot be is refused with what to do") {
    const TableFolder folder("mask_folder");
    folder.pictures({"images/a.jpg", "masks/b.png"});
    CHECK(folder.error({{"classes", Texts{"a", "a"}}}) ==
          "`classes` has 2 names, 1 of them different; a mask has 1 to 255 classes, each with a name of its "
          "own");
    std::map<std::string, OptionValue> given = two_class_masks;
    given["values"] = std::vector<std::int64_t>{0, 1, 2};
    CHECK(folder.error(given) ==
          "`values` has 3 numbers, 3 of them different, for 2 classes; give each class the number of its "
          "pixels");
    given = two_class_masks;
    given["masks"] = "images";
    CHECK(folder.error(given) ==
          "`images` and `masks` are both 'images'; name two folders, or tell masks apart by `suffix`");
    given["masks"] = "labels";
    CHECK(folder.error(given) ==
          "there is no folder ROOT/labels.\nROOT holds: images/, masks/\nCorrect `root`, "
          "`masks` or the split's name.");
    CHECK(folder.error(two_class_masks, "train") ==
          "`images` is 'images' for every split, so the split 'train' cannot be found; write \"{split}\" "
          "where its "
          "path has the split's name, or divide one whole: split: {val: 0.2}");
    CHECK(folder.error(two_class_masks) ==
          "no picture below ROOT has a mask\n  ROOT/images/a.jpg has no mask ROOT/masks/a.png; left out\n  "
          "ROOT/masks/b.png belongs to no picture in ROOT/images\nA mask has its picture's name and ends in "
          ".png. "
          "Correct `root`, `images`, `masks` or `suffix`.");
}
