// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The plugin age_gender by its own descriptor: both layouts, what is refused and what it says.
#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>

#include "data/loader.hpp"
#include "support/skip.hpp"
#include "tables.hpp"

using namespace graft;
using graft::test::ids;
using graft::test::TableFolder;
using graft::test::with;

namespace {

using Given = std::map<std::string, OptionValue>;

const Given utkface{{"layout", std::string("utkface")}};
const Given fairface{{"layout", std::string("fairface")}};

std::optional<double> age(const Dataset& dataset, std::int64_t index) {
    const TargetValue value = dataset.targets(index).at(0);
    const auto* years = std::get_if<double>(&value);
    return years != nullptr ? std::optional(*years) : std::nullopt;
}

std::int64_t gender(const Dataset& dataset, std::int64_t index) {
    const TargetValue value = dataset.targets(index).at(1);
    const auto* known = std::get_if<std::int64_t>(&value);
    return known != nullptr ? *known : -1;
}

}  // namespace

TEST_CASE("age_gender: the targets are known without data, female is 1") {
    const TableFolder folder("age_gender");
    const auto schema = folder.schema(utkface);
    REQUIRE(schema.size() == 2);
    CHECK(schema[0] == scalar_target("age", "years"));
    CHECK(schema[1] == category_target("gender", {"male", "female"}));
    CHECK(folder.error(with(utkface, "csv", std::string("a.csv"))) ==
          "`csv`, `images`, `delimiter` and `missing` have no meaning in the layout utkface, which has no "
          "table; remove them, or correct `layout`");
}

TEST_CASE("age_gender: UTKFace's names, malformed ones named") {
    const TableFolder folder("age_gender");
    folder.pictures({"7_0_1_20170101000000001.jpg.chip.jpg", "part2/103_1_4_20170101000000002.JPG",
                     "61_1_20170109142408075.jpg.chip.jpg", "61_3_20170109150557335.jpg.chip.jpg",
                     "5_2_0_20170101000000003.jpg", "131_0_0_20170101000000004.jpg",
                     "x_0_0_20170101000000005.jpg", "readme.txt", ".hidden/1_0_0_2017.jpg"});
    const auto dataset = folder.open(utkface);
    CHECK(ids(*dataset) == std::vector<std::string>{"7_0_1_20170101000000001.jpg.chip.jpg",
                                                    "part2/103_1_4_20170101000000002.JPG"});
    CHECK(age(*dataset, 0) == 7.0);
    CHECK(gender(*dataset, 0) == 0);
    CHECK(age(*dataset, 1) == 103.0);
    CHECK(gender(*dataset, 1) == 1);
    const std::string unnamed = ": is not named [age]_[gender]_[race]_[date] in numbers; rename or remove it";
    CHECK(folder.problems(*dataset) ==
          std::vector<std::string>{
              "ROOT/131_0_0_20170101000000004.jpg: tells the age 131; expected 0 to 130",
              "ROOT/5_2_0_20170101000000003.jpg: tells the gender 2; expected 0 (male) or 1 (female)",
              "ROOT/61_1_20170109142408075.jpg.chip.jpg" + unnamed,
              "ROOT/61_3_20170109150557335.jpg.chip.jpg" + unnamed,
              "ROOT/readme.txt: has no extension of a picture; left out",
              "ROOT/x_0_0_20170101000000005.jpg" + unnamed,
              "ROOT: holds what systems and tools leave behind, which is no data: .hidden"});
    CHECK(dataset->problems()[0].record);
    CHECK(!dataset->problems()[4].record);
    CHECK(ids(*folder.open(utkface, "part2")) ==
          std::vector<std::string>{"part2/103_1_4_20170101000000002.JPG"});
    CHECK(folder.error(utkface, "part3") ==
          "there is no folder ROOT/part3.\nROOT holds: .hidden/, "
          "131_0_0_20170101000000004.jpg, 5_2_0_20170101000000003.jpg, 61_1_20170109142408075.jpg.chip.jpg, "
          "61_3_20170109150557335.jpg.chip.jpg, 7_0_1_20170101000000001.jpg.chip.jpg, part2/, readme.txt, "
          "x_0_0_20170101000000005.jpg\nCorrect `root` or the split's name.");
    std::filesystem::create_directory_symlink("..", folder.root() / "part2/up");
    const auto linked = folder.open(utkface);
    CHECK(ids(*linked) == ids(*dataset));
    CHECK(folder.problems(*linked).at(6) ==
          "ROOT/part2/up: leads back to ROOT, which holds it; not followed");
}

TEST_CASE("age_gender: FairFace's ages stand for years by a rule") {
    const TableFolder folder("age_gender");
    folder.write(
        "fairface_label_train.csv",
        "file,age,gender,race,service_test\n"
        "train/1.jpg,0-2,Male,White,True\ntrain/2.jpg,10-19,Female,Indian,False\n"
        "train/3.jpg,more than 70,female,Black,True\ntrain/4.jpg,27,MALE,White,True\n"
        "train/5.jpg,,,White,True\ntrain/6.jpg,old,Male,White,True\ntrain/7.jpg,9-3,Male,White,True\n"
        "train/8.jpg,30-39,man,White,True\n");
    folder.pictures({"train/1.jpg", "train/2.jpg", "train/3.jpg", "train/4.jpg", "train/5.jpg", "train/6.jpg",
                     "train/7.jpg", "train/8.jpg"});
    const auto dataset = folder.open(fairface, "train");
    REQUIRE(dataset->size() == 5);
    CHECK(dataset->id(0) == "train/1.jpg");
    CHECK(age(*dataset, 0) == 1.0);
    CHECK(age(*dataset, 1) == 14.5);
    CHECK(age(*dataset, 2) == 75.0);
    CHECK(age(*dataset, 3) == 27.0);
    CHECK(!age(*dataset, 4));
    CHECK(gender(*dataset, 0) == 0);
    CHECK(gender(*dataset, 1) == 1);
    CHECK(gender(*dataset, 2) == 1);
    CHECK(gender(*dataset, 4) == -1);
    const std::string ages = "expected a number of years, 'a-b', 'more than a' or nothing";
    CHECK(folder.problems(*dataset) ==
          std::vector<std::string>{
              "ROOT/fairface_label_train.csv:7: age is 'old'; " + ages,
              "ROOT/fairface_label_train.csv:8: age is '9-3'; " + ages,
              "ROOT/fairface_label_train.csv:9: gender is 'man'; expected Male, Female or nothing"});
    CHECK(age(*folder.open(with(fairface, "oldest", 80.0), "train"), 2) == 80.0);
    folder.write("fairface_label_val.csv", "file,Age,gender,gender\n");
    CHECK(folder.error(fairface, "val") ==
          "ROOT/fairface_label_val.csv:1: the header does not fit.\n  missing: age; there more than once: "
          "gender\n"
          "  columns: file, Age, gender, gender\nCorrect the header, or the options that name columns.");
}

TEST_CASE("age_gender: a picture that goes or breaks after the scan is skipped and named") {
    const TableFolder folder("age_gender");
    for (const std::string name : {"1_0_0_1.png", "2_0_0_1.png", "3_1_0_1.png", "4_1_0_1.png"}) {
        cv::imwrite((folder.root() / name).string(), cv::Mat(8, 8, CV_8UC3, cv::Scalar::all(90)));
    }
    const auto dataset = folder.open(utkface);
    REQUIRE(dataset->size() == 4);
    std::filesystem::remove(folder.root() / "2_0_0_1.png");
    std::filesystem::resize_file(folder.root() / "3_1_0_1.png", 40);
    data::LoaderOptions options;
    options.preprocess.height = options.preprocess.width = 8;
    options.targets = folder.schema(utkface);
    data::Loader loader(test::all_of(dataset), options);
    loader.start(1);
    const auto batch = loader.next();
    REQUIRE(batch != nullptr);
    CHECK(batch->ids == std::vector<std::string>{"1_0_0_1.png", "4_1_0_1.png"});
    CHECK(loader.next() == nullptr);
    REQUIRE(loader.skipped().size() == 2);
    CHECK(loader.skipped()[0].id == "2_0_0_1.png");
    CHECK(loader.skipped()[0].reason == "does not exist");
    CHECK(loader.skipped()[1].id == "3_1_0_1.png");
    CHECK(loader.skipped()[1].reason == "is a damaged PNG: it cannot be decoded");
}

TEST_CASE("age_gender: the two malformed names of UTKFace are reported") {
    const auto root = test::photographs("utkface");
    if (!root) {
        tests::skip("the photographs of utkface are not here");
        return;
    }
    const test::DatasetPlugin plugin("age_gender");
    const Options options = plugin.options(with(utkface, "root", root->string()));
    const auto dataset = plugin.open(options, {"", plugin.schema(options, "")});
    CHECK(dataset->size() == 3000);
    REQUIRE(dataset->problems().size() == 2);
    CHECK(dataset->problems()[0].place == (*root / "61_1_20170109142408075.jpg.chip.jpg").string());
}
