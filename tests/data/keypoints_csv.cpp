// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The plugin keypoints_csv by its own descriptor: layouts, splits, what is refused and what it says.
#include <cmath>
#include <set>

#include <doctest/doctest.h>

#include "data/splits.hpp"
#include "image/decode.hpp"
#include "support/skip.hpp"
#include "tables.hpp"

using namespace graft;
using graft::test::ids;
using graft::test::TableFolder;
using graft::test::with;

namespace {

using Given = std::map<std::string, OptionValue>;

Points points_of(const Dataset& dataset, std::int64_t index) {
    return std::get<Points>(dataset.targets(index).at(0));
}

bool is_at(const std::optional<Point>& point, double x, double y) {
    return point && point->x == x && point->y == y;
}

const Given one_table{{"csv", std::string("points.csv")}};

/// Two splits as Udacity's archive has them.
void fill_udacity(const TableFolder& folder) {
    folder.write("training_frames_keypoints.csv",
                 ",0,1,2,3\nAda_L_01.jpg,1.0,2.0,3.0,4.0\n"
                 "Ada_L_02.jpg,1.0,2.0,3.0,4.0\nBob_03.jpg,5,6,7,8\n");
    folder.write("test_frames_keypoints.csv", ",0,1,2,3\nAda_L_01.jpg,9.0,2.0,3.0,4.0\n");
    folder.pictures(
        {"training/Ada_L_01.jpg", "training/Ada_L_02.jpg", "training/Bob_03.jpg", "test/Ada_L_01.jpg"});
}

const Given udacity{{"csv", std::string("{split}_frames_keypoints.csv")},
                    {"images", std::string("{split}")},
                    {"person", std::string("^(.+)_[0-9]+[.]")}};

}  // namespace

TEST_CASE("keypoints_csv: whole numbers count pixels from the first one's centre, unless told") {
    const TableFolder folder("keypoints_csv");
    folder.write("points.csv", ",0,1,2,3\n1.png,0,10.25,-3,1e2\n");
    folder.pictures({"1.png"});
    const auto dataset = folder.open(one_table);
    REQUIRE(points_of(*dataset, 0).size() == 2);
    CHECK(is_at(points_of(*dataset, 0)[0], 0.5, 10.75));
    CHECK(is_at(points_of(*dataset, 0)[1], -2.5, 100.5));  // outside of the picture, and stays there
    const auto corner = folder.open(with(one_table, "origin", std::string("corner")));
    CHECK(is_at(points_of(*corner, 0)[0], 0, 10.25));
    CHECK(is_at(points_of(*corner, 0)[1], -3, 100));
    const auto strict = folder.open(with(one_table, "negative_is_missing", true));
    CHECK(is_at(points_of(*strict, 0)[0], 0.5, 10.75));
    CHECK(!points_of(*strict, 0)[1]);
}

TEST_CASE("keypoints_csv: nothing and NaN are missing points, v = 0 too") {
    const TableFolder folder("keypoints_csv");
    folder.write("points.csv", "file,x,y,v,x,y,v,x,y,v\n1.png,0,0,0,,,2,5,6,1\n2.png,1,2,2,NaN,nan,2,5,6,\n");
    folder.pictures({"1.png", "2.png"});
    const auto dataset = folder.open(with(one_table, "visibility", true));
    CHECK(dataset->problems().empty());
    CHECK(!points_of(*dataset, 0)[0]);
    CHECK(!points_of(*dataset, 0)[1]);
    CHECK(is_at(points_of(*dataset, 0)[2], 5.5, 6.5));
    CHECK(is_at(points_of(*dataset, 1)[0], 1.5, 2.5));
    CHECK(!points_of(*dataset, 1)[1]);
    CHECK(!points_of(*dataset, 1)[2]);
}

TEST_CASE("keypoints_csv: the split's name stands in the table's name and the folder's") {
    const TableFolder folder("keypoints_csv");
    fill_udacity(folder);
    CHECK(ids(*folder.open(udacity, "training")) ==
          std::vector<std::string>{"training/Ada_L_01.jpg", "training/Ada_L_02.jpg", "training/Bob_03.jpg"});
    const auto test = folder.open(udacity, "test");
    CHECK(ids(*test) == std::vector<std::string>{"test/Ada_L_01.jpg"});
    CHECK(std::get<std::filesystem::path>(test->image(0)) == folder.root() / "test/Ada_L_01.jpg");
    // No split is every sample, so both tables.
    CHECK(ids(*folder.open(udacity)) == std::vector<std::string>{"test/Ada_L_01.jpg", "training/Ada_L_01.jpg",
                                                                 "training/Ada_L_02.jpg",
                                                                 "training/Bob_03.jpg"});
    CHECK(folder.open(udacity)->group(2) == "Ada_L");
    CHECK(folder.open(udacity)->group(3) == "Bob");
    CHECK(folder.error(udacity, "val") ==
          "there is no table ROOT/val_frames_keypoints.csv.\nROOT holds: test/, "
          "test_frames_keypoints.csv, training/, "
          "training_frames_keypoints.csv\nCorrect `root`, `csv` or the split's "
          "name.");
    const Given fixed = with(with(udacity, "csv", std::string("training_frames_keypoints.csv")), "images",
                             std::string("training"));
    CHECK(folder.open(fixed)->size() == 3);
    CHECK(folder.error(fixed, "train") ==
          "`csv` is 'training_frames_keypoints.csv' for every split, so the split 'train' cannot be found; "
          "write "
          "\"{split}\" where the name of the table has the split's, or divide one table: split: {val: 0.2}");
    CHECK(folder.error(with(fixed, "images", std::string("{split}"))) ==
          "`images` is '{split}', but `csv` is 'training_frames_keypoints.csv' for every split; write "
          "\"{split}\" in both, or the folder's own name");
    CHECK(folder.error(with(fixed, "images", std::string("/tmp"))) ==
          "`images` is '/tmp', an absolute path; expected a folder below root");
    CHECK(folder.error(with(udacity, "csv", std::string("{split}.tsv")))
              .starts_with("there is no table ROOT/{split}.tsv.\nROOT holds: test/, "));
}

TEST_CASE("keypoints_csv: a bad record is named by file and line, the others are used") {
    const TableFolder folder("keypoints_csv");
    folder.write(
        "points.csv",
        ",0,1,2,3\r\n1.png,1,2,3,4\r\n2.png,1,2,3\r\n2.png,1,two,3,4\r\n\"no, where.png\",1,2,3,4\r\n"
        "1.png,1,2,3.0,4\r\n,1,2,3,4\r\n2.png,1,,3,4\r\n2.png,1,2,inf,4\r\n/etc/hostname,1,2,3,4\r\n"
        "\r\n2.png,1,2,3,4");
    folder.pictures({"1.png", "2.png"});
    const auto dataset = folder.open(one_table);
    CHECK(ids(*dataset) == std::vector<std::string>{"1.png", "2.png"});
    CHECK(folder.problems(*dataset) ==
          std::vector<std::string>{
              "ROOT/points.csv:3: has 4 cells, but the header has 5",
              "ROOT/points.csv:4: y of point 0 is 'two'; expected a number of pixels, or nothing",
              "ROOT/points.csv:5: there is no file ROOT/no, where.png", "ROOT/points.csv:7: names no file",
              "ROOT/points.csv:8: point 0 has only one coordinate; expected both, or none",
              "ROOT/points.csv:9: x of point 1 is 'inf'; expected a number of pixels, or nothing",
              "ROOT/points.csv:10: names '/etc/hostname', an absolute path; expected one below ROOT",
              "ROOT/points.csv:6: repeats ROOT/points.csv:2; it counts once"});
    for (const DataProblem& problem : dataset->problems()) {
        CHECK(problem.record == !problem.place.ends_with(":6"));
    }
    folder.write("points.csv", "file,x,y,v\n1.png,1,2,3\n");
    CHECK(folder.error(with(one_table, "visibility", true)) ==
          "ROOT/points.csv: none of its 1 records can be used\n  ROOT/points.csv:2: v of point 0 is '3'; "
          "expected 0, 1 or 2\nCorrect `root`, `images` or the records.");
}

TEST_CASE("keypoints_csv: a header that does not fit is one error") {
    const TableFolder folder("keypoints_csv");
    folder.pictures({"1.png"});
    const auto error = [&](const std::string& header, Given given = one_table) {
        folder.write("points.csv", header + "\n1.png,1,2\n");
        return folder.error(given);
    };
    const std::string remedy = ".\nCorrect `csv`, `point_count` or `visibility`.";
    CHECK(error("file,x") ==
          "ROOT/points.csv:1: the header has 2 columns; expected the file's and x and y of "
          "each point" +
              remedy);
    CHECK(error("file,x,y", with(one_table, "visibility", true)) ==
          "ROOT/points.csv:1: the header has 3 columns; expected the file's and x, y and v of each point" +
              remedy);
    CHECK(
        error("file,x,y", with(one_table, "point_count", std::int64_t{68})) ==
        "ROOT/points.csv:1: the header has 3 columns; expected the file's and x and y of each point, 137 for "
        "68 points" +
            remedy);
    CHECK(error("1.png,5,6") ==
          "ROOT/points.csv:1: the first line is a record of 1.png, but must be a header; "
          "write one above it");
    folder.write("points.csv", ",0,1\n");
    CHECK(folder.error(one_table) == "ROOT/points.csv has no sample; expected at least one");
}

TEST_CASE("keypoints_csv: tables that other programs write") {
    const TableFolder folder("keypoints_csv");
    folder.pictures({"1.png", "a \"b\"\n.png"});
    const auto size = [&](const std::string& table) {
        folder.write("points.csv", table);
        return folder.open(one_table)->size();
    };
    CHECK(size("\xef\xbb\xbf\"\",\"0\",\"1\"\r\n\"1.png\", 1 ,\"2\"\r\n\r\n") == 1);
    CHECK(size("file,x,y\r1.png,1,2\r") == 1);
    CHECK(size("file,\"x\nin pixels\",y\n\"a \"\"b\"\"\n.png\",1,2\n1.png,3,4") == 2);
    const auto error = [&](const std::string& table) {
        folder.write("points.csv", table);
        return folder.error(one_table);
    };
    CHECK(error("") == "ROOT/points.csv: is empty; expected a header and a line a picture");
    CHECK(size("file;x;y\n1.png;1;2\n") == 1);
    CHECK(error("file,x,y\n1.png,1,2\n\"2.png,3,4\n5\n") ==
          "ROOT/points.csv:3: the quote that opens here is never closed");
    CHECK(error("file,x,\"y\n\"\n\"1\".png,1,2\n") ==
          "ROOT/points.csv:3: a cell goes on after its closing quote; "
          "write a quote inside of a quoted cell twice");
    CHECK(error(std::string("\xff\xfe,\0", 4)) ==
          "ROOT/points.csv: is UTF-16 text, as its byte order mark says; a table must be UTF-8.\n"
          "Convert it: iconv -f utf-16 -t utf-8 points.csv > converted-points.csv");
    CHECK(error(std::string("a,\0,b", 5)) ==
          "ROOT/points.csv: is no text: it holds zero bytes. If it is UTF-16 without a byte order mark:\n"
          "Convert it: iconv -f utf-16le -t utf-8 points.csv > converted-points.csv");
    CHECK(error("file,x,y\n1.png,1,2\ncaf\xe9.png,1,2\n") ==
          "ROOT/points.csv:3: byte 22 of the file (counted from 0) is 0xE9, which is not UTF-8; a table must "
          "be.\n"
          "Convert it: iconv -f windows-1252 -t utf-8 points.csv > converted-points.csv\n"
          "(or from the encoding that the table was saved in)");
}

TEST_CASE("keypoints_csv: declared points need no table") {
    const TableFolder folder("keypoints_csv");
    const auto schema = folder.schema(
        with(with(one_table, "point_names", std::vector<std::string>{"left_eye", "right_eye", "nose"}),
             "mirrored", std::vector<std::string>{"left_eye", "right_eye"}));
    REQUIRE(schema.size() == 1);
    CHECK(schema[0].name == "points");
    CHECK(schema[0].point_count == 3);
    CHECK(schema[0].point_names.at(2) == "nose");
    CHECK(schema[0].mirrored_points == std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 1}});
    const auto refused = [&](const std::string& option, OptionValue value) {
        return folder.error(with(with(one_table, "point_count", std::int64_t{3}), option, std::move(value)));
    };
    using Texts = std::vector<std::string>;
    CHECK(refused("point_names", Texts{"a", "b"}) ==
          "`point_names` has 2 names, but `point_count` is 3; name every point, or leave it out");
    CHECK(refused("point_names", Texts{"a", "b", "a"}) ==
          "`point_names` has 'a' twice; every point needs a name of its own");
    CHECK(refused("mirrored", Texts{"0", "1", "2"}) ==
          "`mirrored` has 3 points; expected pairs: left, right, left, right, ...");
    CHECK(refused("mirrored", Texts{"0", "3"}) == "`mirrored` has point 3, but the points are 0 to 2");
    CHECK(refused("mirrored", Texts{"0", "-1"}) == "`mirrored` has point -1, but the points are 0 to 2");
    CHECK(refused("ruler", Texts{"0", "1", "2"}) == "`ruler` has 3 points; expected two");
    CHECK(refused("ruler", Texts{"4", "1"}) == "`ruler` has point 4, but the points are 0 to 2");
    CHECK(refused("mirrored", Texts{"0", "0"}) == "`mirrored` has point 0 twice; name it once");
    CHECK(refused("mirrored", Texts{"left", "right"}) ==
          "`mirrored` names the point 'left'; the points have no names: give them by `point_names`, or write "
          "numbers from 0");
    const Given named = with(one_table, "point_names", Texts{"left", "right", "nose"});
    CHECK(folder.error(with(named, "mirrored", Texts{"left", "rihgt"})) ==
          "`mirrored` names the point 'rihgt'; the points are left, right, nose");
    CHECK(folder.error(with(named, "mirrored", Texts{"left", "0"})) ==
          "`mirrored` has point 0 twice; name it once");
    CHECK(folder.schema(with(named, "ruler", Texts{"nose", "1"}))[0].ruler ==
          std::vector<std::int64_t>{2, 1});
}

// A face is symmetric: reflected at the vertical line through its middle, each of iBUG's points falls near
// its partner's place. So the table of partners is checked against faces, not against another copy of itself.
TEST_CASE("keypoints_csv: the 68 points change names as faces do") {
    const auto root = test::photographs("facial_keypoints");
    if (!root) {
        tests::skip("the photographs of facial_keypoints are not here");
        return;
    }
    const test::DatasetPlugin plugin("keypoints_csv");
    Given given = udacity;
    given["root"] = root->string();
    const Options options = plugin.options(given);
    const auto schema = plugin.schema(options, "training");
    const auto dataset = plugin.open(options, {"training", schema});
    REQUIRE(dataset->size() == 1000);
    CHECK(dataset->problems().empty());
    CHECK(schema[0].mirrored_points.size() == 29);
    CHECK(schema[0].ruler == std::vector<std::int64_t>{36, 45});
    std::vector<std::size_t> partner(68);
    for (std::size_t point = 0; point < 68; ++point) {
        partner[point] = point;
    }
    for (const auto& [left, right] : schema[0].mirrored_points) {
        std::swap(partner[static_cast<std::size_t>(left)], partner[static_cast<std::size_t>(right)]);
    }
    // The mean face, each face scaled by the distance of its outer corners of the eyes.
    std::vector<Point> mean(68);
    double middle = 0;
    for (std::int64_t index = 0; index < dataset->size(); ++index) {
        const Points points = points_of(*dataset, index);
        const double width = points[45]->x - points[36]->x;
        for (std::size_t point = 0; point < 68; ++point) {
            mean[point].x += (points[point]->x - points[27]->x) / width / 1000;
            mean[point].y += (points[point]->y - points[27]->y) / width / 1000;
            middle += (points[point]->x - points[27]->x) / width / 1000 / 68;
        }
    }
    for (std::size_t point = 0; point < 68; ++point) {
        CAPTURE(point);
        double nearest = 1e9;
        std::size_t best = 0;
        for (std::size_t other = 0; other < 68; ++other) {
            const double distance =
                std::hypot(mean[other].x + mean[point].x - 2 * middle, mean[other].y - mean[point].y);
            if (distance < nearest) {
                nearest = distance;
                best = other;
            }
        }
        CHECK(best == partner[point]);
    }
    CHECK(is_at(points_of(*dataset, 0)[0], 61.5, 80.5));  // Angelo_Reyes_22.jpg,61.0,80.0, ...
    CHECK(image::decode(dataset->image(0)).cols > 100);   // a PNG with alpha that is named .jpg
}

TEST_CASE("keypoints_csv: no person lies on two sides") {
    const auto root = test::photographs("facial_keypoints");
    if (!root) {
        tests::skip("the photographs of facial_keypoints are not here");
        return;
    }
    const test::DatasetPlugin plugin("keypoints_csv");
    Given given = udacity;
    given["root"] = root->string();
    given["csv"] = std::string("training_frames_keypoints.csv");
    given["images"] = std::string("training");
    const Options options = plugin.options(given);
    const auto schema = plugin.schema(options, "");
    pipeline::SplitRule split;
    split.by_fraction = true;
    split.by_group = true;
    split.val_fraction = 0.2;
    const data::Splits splits = data::make_splits(
        split,
        [&](const std::string& name) {
            return plugin::Unguarded::dataset(plugin.open(options, {name, schema}));
        },
        schema);
    CHECK(splits.train.indices.size() + splits.val.indices.size() == 1000);
    CHECK(std::abs(static_cast<double>(splits.val.indices.size()) - 200) <= 5);
    std::set<std::string> train;
    for (const std::int64_t index : splits.train.indices) {
        train.insert(splits.train.dataset.group(index));
    }
    for (const std::int64_t index : splits.val.indices) {
        CHECK(!train.contains(splits.val.dataset.group(index)));
    }
}

TEST_CASE("keypoints_csv: the rule for persons is checked, and takes no exponential time") {
    const TableFolder folder("keypoints_csv");
    const std::string hostile = std::string(200, 'a') + "!.png";
    folder.write("points.csv", ",0,1\nada_1.png,1,2\n1.png,1,2\n" + hostile + ",1,2\n");
    folder.pictures({"ada_1.png", "1.png", hostile});
    const auto person = [](const std::string& rule) { return with(one_table, "person", rule); };
    const auto dataset = folder.open(person("^([a-z]+)_"));
    CHECK(dataset->size() == 1);
    CHECK(dataset->group(0) == "ada");
    CHECK(folder.problems(*dataset).at(0) ==
          "ROOT/points.csv:3: names '1.png', in which `person` ('^([a-z]+)_') finds no name");
    CHECK(folder.open(one_table)->group(0) == "ada_1.png");
    // Backtracking would need about 2^200 steps for the third name.
    CHECK(ids(*folder.open(person("^((?:[a-z]+)+)_"))) == std::vector<std::string>{"ada_1.png"});
    const std::string remedy =
        "; expected one with a single group around the name, such as '^(.+)_[0-9]+[.]'";
    CHECK(folder.error(person("^[a-z]+_")) == "`person` is '^[a-z]+_', an expression with 0 groups" + remedy);
    CHECK(folder.error(person("(a)(b)")) == "`person` is '(a)(b)', an expression with 2 groups" + remedy);
    CHECK(folder.error(person(std::string(201, 'a'))) ==
          "`person` is '" + std::string(201, 'a') + "', longer than 200 letters" + remedy);
    for (const std::string broken : {"(", "(a)\\1", "(((a{99}){99}){99})"}) {
        CAPTURE(broken);
        CHECK(folder.error(person(broken))
                  .starts_with("`person` is '" + broken + "', no regular expression that graft takes ("));
    }
}
