// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The plugin csv by its own descriptor: targets, splits and groups from columns, what is refused.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "data/splits.hpp"
#include "tables.hpp"

using namespace graft;
using graft::test::ids;
using graft::test::TableFolder;
using graft::test::with;

namespace {

using Given = std::map<std::string, OptionValue>;
using Texts = std::vector<std::string>;

const Given birds{{"csv", std::string("birds.csv")},
                  {"categories", Texts{"species"}},
                  {"scalars", Texts{"weight"}},
                  {"units", Texts{"grams"}},
                  {"labels_column", std::string("colours")},
                  {"split_column", std::string("part")},
                  {"group_column", std::string("nest")}};

/// "1 20.5 0101": a class, a number, labels; "-" for what is missing.
std::string values(const Dataset& dataset, std::int64_t index) {
    std::string text;
    for (const TargetValue& value : dataset.targets(index)) {
        text += text.empty() ? "" : " ";
        if (const auto* labels = std::get_if<Labels>(&value)) {
            for (const auto& label : *labels) {
                text += label ? (*label ? "1" : "0") : "-";
            }
        } else if (const auto* number = std::get_if<double>(&value)) {
            text += fmt::format("{}", *number);
        } else if (const auto* place = std::get_if<std::int64_t>(&value)) {
            text += std::to_string(*place);
        } else {
            text += "-";
        }
    }
    return text;
}

void fill_birds(const TableFolder& folder) {
    folder.write("birds.csv",
                 "nest,file,weight,species,colours,part\n"
                 "a,1.jpg,20.5,tit,blue | yellow,train\n"
                 "a,2.jpg,,robin,red,train\n"
                 "b,3.jpg,18,,,train\n"
                 "b,4.jpg,19,wren,brown,val\n"
                 ",5.jpg,heavy,tit,red,val\n"
                 "c,6.jpg,17,tit,red|blue,val\n"
                 "c,7.jpg,17,tit,red|bleu,train\n");
    folder.pictures({"1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg", "6.jpg", "7.jpg"});
}

}  // namespace

TEST_CASE("csv: classes and labels are found in the training split") {
    const TableFolder folder("csv");
    fill_birds(folder);
    const auto schema = folder.schema(birds, "train");
    REQUIRE(schema.size() == 3);
    CHECK(schema[0] == category_target("species", {"robin", "tit"}));
    CHECK(schema[1] == scalar_target("weight", "grams"));
    CHECK(schema[2] == labels_target("colours", {"bleu", "blue", "red", "yellow"}));
    const auto train = folder.open(birds, "train");
    CHECK(ids(*train) == Texts{"1.jpg", "2.jpg", "3.jpg", "7.jpg"});
    CHECK(values(*train, 0) == "1 20.5 0101");
    CHECK(values(*train, 1) == "0 - 0010");
    CHECK(values(*train, 2) == "- 18 0000");
    CHECK(train->group(1) == "a");
    // Other splits count by the training split's classes, and may have no other.
    CHECK(folder.error_of([&] {
        folder.plugin().open(folder.options(birds), {"val", schema});
    }) == "ROOT/birds.csv:5: species is 'wren', a class that the training split lacks; it has: robin, tit.\n"
          "Correct the cell, move such records to the training split, or remove them.");
    const auto given = with(with(birds, "classes", Texts{"robin", "tit"}), "labels", Texts{"red", "blue"});
    const auto val = folder.plugin().open(folder.options(given), {"val", folder.schema(given, "train")});
    CHECK(ids(*val) == Texts{"6.jpg"});
    CHECK(folder.problems(*val) ==
          Texts{"ROOT/birds.csv:5: species is 'wren', which is no class; expected robin, tit",
                "ROOT/birds.csv:6: weight is 'heavy'; expected a number or nothing"});
    // No split is every sample.
    CHECK(folder.open(birds)->size() == 6);
}

TEST_CASE("csv: declared classes need no table; whole numbers are sorted by value") {
    const TableFolder folder("csv");
    const Given given{{"csv", std::string("{split}.csv")},
                      {"file_column", std::string("picture")},
                      {"categories", Texts{"shape", "colour"}},
                      {"classes", Texts{"shape=disc", "colour=red", "shape=bar", "colour=blue"}},
                      {"labels", Texts{"big", "bent"}}};
    const auto schema = folder.schema(given, "train");
    REQUIRE(schema.size() == 3);
    CHECK(schema[0] == category_target("shape", {"disc", "bar"}));
    CHECK(schema[1] == category_target("colour", {"red", "blue"}));
    CHECK(schema[2] == labels_target("labels", {"big", "bent"}));
    folder.write("train.csv",
                 "picture,shape,colour,big,bent\n1.jpg,bar,red,1,0.0\n2.jpg,disc,blue,,1\n"
                 "3.jpg,disc,blue,yes,1\n");
    folder.pictures({"1.jpg", "2.jpg", "3.jpg"});
    const auto train = folder.open(given, "train");
    CHECK(values(*train, 0) == "1 0 10");
    CHECK(values(*train, 1) == "0 1 -1");
    CHECK(folder.problems(*train) == Texts{"ROOT/train.csv:4: big is 'yes'; expected 0, 1 or nothing"});

    folder.write("train.csv", "file,level\n1.jpg,10\n2.jpg,9\n3.jpg,10\n");
    CHECK(folder.schema({{"csv", std::string("train.csv")}, {"categories", Texts{"level"}}})[0].classes ==
          Texts{"9", "10"});
}

TEST_CASE("csv: options that contradict each other") {
    const TableFolder folder("csv");
    const auto refused = [&](Given given) {
        given["csv"] = std::string("a.csv");
        return folder.error(given);
    };
    CHECK(refused({}) ==
          "there is no target; name columns in `categories`, `scalars`, `labels` or `labels_column`");
    CHECK(refused({{"scalars", Texts{"a"}}, {"categories", Texts{"a"}}}) ==
          "the column 'a' is a target twice; name it once");
    CHECK(refused({{"scalars", Texts{"a", "b"}}, {"units", Texts{"cm"}}}) ==
          "`units` has 1 units for 2 scalars; give one each, or leave it out");
    CHECK(refused({{"labels_column", std::string("a")}, {"separator", std::string()}}) ==
          "`separator` is empty; expected what stands between labels, such as \"|\"");
    CHECK(refused({{"labels_column", std::string("t")}, {"labels", Texts{"a", "a"}}}) ==
          "`labels` has 'a' twice; name it once");
    CHECK(refused({{"categories", Texts{"a"}}, {"classes", Texts{}}}) ==
          "`classes` is empty; name the classes, or leave it out");
    CHECK(refused({{"categories", Texts{"a"}}, {"classes", Texts{"x", "x"}}}) ==
          "`classes` has 'x' twice; name it once");
    CHECK(refused({{"scalars", Texts{"a"}}, {"classes", Texts{"x"}}}) ==
          "`classes` belongs to `categories`, of which there are none");
    CHECK(refused({{"categories", Texts{"a", "b"}}, {"classes", Texts{"a=x", "y"}}}) ==
          "`classes` has entries of no category; with several categories write each as COLUMN=CLASS, with a "
          "column of: a, b");
    CHECK(folder.error({{"csv", std::string("{split}.csv")},
                        {"scalars", Texts{"a"}},
                        {"split_column", std::string("part")}}) ==
          "`csv` is '{split}.csv' and `split_column` is 'part': both tell the split; keep one of them");
}

TEST_CASE("csv: a table that does not fit the options") {
    const TableFolder folder("csv");
    folder.write("a.csv", "file,part,kind\n1.jpg,train,\n");
    folder.pictures({"1.jpg"});
    const Given given{{"csv", std::string("a.csv")}, {"categories", Texts{"kind"}}};
    CHECK(folder.error(given) ==
          "ROOT/a.csv: the column 'kind' names no class; fill it, or correct the options "
          "that name columns");
    CHECK(folder.error(with(with(given, "categories", Texts{"Kind"}), "group_column", std::string("nest"))) ==
          "ROOT/a.csv:1: the header does not fit.\n  missing: Kind, nest; there more than once: (none)\n"
          "  columns: file, part, kind\nCorrect the header, or the options that name columns.");
    CHECK(folder.error(with(given, "split_column", std::string("part")), "val") ==
          "ROOT/a.csv: no row has 'val' in the column 'part', which tells the split; it has: train");
}

TEST_CASE("csv: fractions keep the groups of a column together") {
    const TableFolder folder("csv");
    std::string table = "file,nest,kind\n";
    Texts pictures;
    for (int index = 0; index < 60; ++index) {
        const std::string name = std::to_string(index) + ".jpg";
        table += name + ",nest " + std::to_string(index / 4) + "," + (index % 3 == 0 ? "a" : "b") + "\n";
        pictures.push_back(name);
    }
    folder.write("a.csv", table);
    folder.pictures(pictures);
    const Given given{
        {"csv", std::string("a.csv")}, {"categories", Texts{"kind"}}, {"group_column", std::string("nest")}};
    pipeline::SplitRule split;
    split.by_fraction = split.by_group = true;
    split.val_fraction = 0.2;
    split.stratify = "kind";
    const data::Splits splits = data::make_splits(
        split, [&](const std::string& name) { return plugin::Unguarded::dataset(folder.open(given, name)); },
        folder.schema(given));
    CHECK(splits.val.indices.size() == 12);
    std::map<std::string, int> members;
    for (const std::int64_t index : splits.val.indices) {
        ++members[splits.val.dataset.group(index)];
    }
    for (const auto& [nest, count] : members) {
        CHECK(count == 4);
    }
}

namespace {

const Given things{{"csv", std::string("a.csv")}, {"categories", Texts{"kind"}}, {"scalars", Texts{"size"}}};

}  // namespace

TEST_CASE("csv: semicolons and tabs are found in the header, and said; a wrong delimiter is refused") {
    const TableFolder folder("csv");
    folder.pictures({"1.jpg", "2.jpg"});
    const Texts expected{"0 1.5", "1 2"};
    const auto read = [&](const Given& given) {
        const auto dataset = folder.open(given);
        return Texts{values(*dataset, 0), values(*dataset, 1)};
    };
    folder.write("a.csv", "file;kind;size\n1.jpg;a, b;1.5\n2.jpg;c;2\n");
    CHECK(read(things) == expected);
    CHECK(folder.schema(things)[0].classes == Texts{"a, b", "c"});
    CHECK(folder.problems(*folder.open(things)) ==
          Texts{"ROOT/a.csv: the header shows \";\" between columns; `delimiter: \";\"` says so"});
    CHECK(!folder.open(things)->problems()[0].record);
    CHECK(read(with(things, "delimiter", std::string(";"))) == expected);
    CHECK(folder.open(with(things, "delimiter", std::string(";")))->problems().empty());
    CHECK(folder.error(with(things, "delimiter", std::string("\t"))) ==
          "ROOT/a.csv:1: the header has a single column, since `delimiter` is \"\\t\"; with \";\" it has "
          "several. "
          "Correct `delimiter`, or leave it out");
    CHECK(folder.error(with(things, "delimiter", std::string("::"))) ==
          "`delimiter` is '::'; expected one of \",\", \";\", \"\\t\" (tab), \"|\", \":\"");
    folder.write("a.csv", "file\tkind\tsize\n1.jpg\ta\t1.5\n2.jpg\t\"b\tc\"\t2\n");
    CHECK(read(things) == expected);
    CHECK(read(with(things, "delimiter", std::string("tab"))) == expected);
    CHECK(folder.schema(things)[0].classes == Texts{"a", "b\tc"});
}

TEST_CASE("csv: a decimal comma stops with the remedy") {
    const TableFolder folder("csv");
    folder.pictures({"1.jpg", "2.jpg"});
    folder.write("a.csv", "file;kind;size\n1.jpg;a;1\n2.jpg;c;-2,5\n");
    CHECK(folder.error(things) ==
          "ROOT/a.csv:3: size is '-2,5', with a decimal comma; write numbers with a point, '-2.5'. Where "
          "commas "
          "mean nothing else in the table: sed 's/,/./g' OLD > NEW");
}

TEST_CASE("csv: cells that stand for nothing are missing, by word or by value") {
    const TableFolder folder("csv");
    folder.pictures({"1.jpg", "2.jpg", "3.jpg", "4.jpg"});
    folder.write(
        "a.csv",
        "file,kind,size,colours\n1.jpg,a,-1.0,red\n2.jpg,n/a,3,\n3.jpg,b,n/a,n/a\n4.jpg,-1,NaN,blue\n");
    Given given = with(things, "missing", Texts{"n/a", "-1"});
    given["labels_column"] = std::string("colours");
    const auto dataset = folder.open(given);
    CHECK(folder.schema(given)[0].classes == Texts{"a", "b"});
    CHECK(folder.schema(given)[2].classes == Texts{"blue", "red"});
    CHECK(values(*dataset, 0) == "0 - 01");
    CHECK(values(*dataset, 1) == "- 3 00");  // an empty list of labels is none of them
    CHECK(values(*dataset, 2) == "1 - -");   // a missing one is unknown
    CHECK(values(*dataset, 3) == "- - 10");
    CHECK(dataset->problems().empty());
}

TEST_CASE("csv: absolute paths below the root, backslashes, and a table beside other folders") {
    const TableFolder folder("csv");
    folder.pictures({"data/photos/1.jpg", "data/photos/b/2.jpg", "data/photos/c\\3.jpg", "elsewhere.jpg"});
    const std::string root = (folder.root() / "data").string();
    folder.write("tables/a.csv", "file,kind,size\n" + root +
                                     "/photos/1.jpg,a,1\nb\\2.jpg,b,2\nc\\3.jpg,b,2\n" +
                                     (folder.root() / "elsewhere.jpg").string() + ",b,2\n");
    Given given = things;
    given["root"] = root;
    given["csv"] = std::string("../tables/a.csv");
    given["images"] = std::string("photos");
    const auto dataset = folder.open(given);
    CHECK(ids(*dataset) == Texts{"photos/1.jpg", "photos/b/2.jpg", "photos/c\\3.jpg"});
    CHECK(std::filesystem::exists(std::get<std::filesystem::path>(dataset->image(1))));
    CHECK(folder.problems(*dataset) ==
          Texts{"ROOT/data/../tables/a.csv:5: names 'ROOT/elsewhere.jpg', an absolute "
                "path; expected one below ROOT/data"});
    given["csv"] = (folder.root() / "tables/a.csv").string();
    CHECK(folder.open(given)->size() == 3);
}

TEST_CASE("csv: equal rows are said and count once, contradicting ones are an error") {
    const TableFolder folder("csv");
    folder.pictures({"1.jpg", "2.jpg"});
    folder.write("a.csv", "file,kind,size\n1.jpg,a,1\n2.jpg,b,\n1.jpg,a,1.0\n./2.jpg,b,\n");
    const auto dataset = folder.open(things);
    CHECK(dataset->size() == 2);
    CHECK(folder.problems(*dataset) ==
          Texts{"ROOT/a.csv:4: repeats ROOT/a.csv:2, and 1 more records repeat others; each counts once"});
    CHECK(!dataset->problems()[0].record);
    folder.write("a.csv", "file,kind,size\n1.jpg,a,1\n2.jpg,b,\n1.jpg,a,2\n");
    CHECK(folder.error(things) ==
          "ROOT/a.csv:4: contradicts ROOT/a.csv:2: both are records of 1.jpg, with different values; keep "
          "the right "
          "one");
}
