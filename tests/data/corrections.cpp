// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Tables beside a data set: which samples they leave out, which values they replace, and what is wrong with
// them.
#include <doctest/doctest.h>

#include <string>
#include <variant>
#include <vector>

#include "data/corrections.hpp"
#include "data/splits.hpp"
#include "support.hpp"

using namespace graft;
using namespace graft::data;
using graft::test::failure_text;
using graft::test::FakeDataset;
using graft::test::TemporaryFolder;

namespace {

/// Ten samples, "sample 0" to "sample 9": kinds in turn, and an age.
std::shared_ptr<FakeDataset> ten() {
    auto dataset = std::make_shared<FakeDataset>();
    dataset->samples = 10;
    dataset->values = [](std::int64_t index) {
        return std::vector<TargetValue>{index % 2, 30.0 + static_cast<double>(index)};
    };
    return dataset;
}

const std::vector<TargetSchema> ten_targets = {test::category("kind", {"ant", "bee"}),
                                               scalar_target("age", "years")};

pipeline::Data data_with(const std::string& exclude, const std::string& relabel) {
    pipeline::Data data;
    data.use.section.kind = pipeline::Node::Kind::map;
    int line = 3;
    for (const auto& [key, file] : {std::pair{"exclude", exclude}, {"relabel", relabel}}) {
        pipeline::Node value;
        value.kind = pipeline::Node::Kind::scalar;
        value.scalar = file;
        value.place = {"p.yaml", line++, 12, ""};
        data.use.section.entries.emplace_back(key, value);
    }
    return data;
}

/// Tables of these texts in a folder that is the working directory meanwhile.
struct Tables {
    Tables(const std::string& exclude, const std::string& relabel)
        : data(data_with(exclude.empty() ? "" : folder.write("exclude.csv", exclude).string(),
                         relabel.empty() ? "" : folder.write("relabel.csv", relabel).string())) {}

    /// A text with the folder's own path taken out.
    std::string without_folder(std::string text) const {
        const std::string path = folder.path().string() + "/";
        for (std::size_t place = text.find(path); place != std::string::npos; place = text.find(path)) {
            text.erase(place, path.size());
        }
        return text;
    }

    TemporaryFolder folder;
    pipeline::Data data;
};

/// The first seven samples train, the others validate.
Splits seven_and_three() {
    const plugin::DatasetHandle dataset = plugin::Unguarded::dataset(ten());
    Splits splits;
    splits.train = {dataset, {0, 1, 2, 3, 4, 5, 6}};
    splits.val = {dataset, {7, 8, 9}};
    return splits;
}

}  // namespace

// Proves: a table leaves its samples out of the split that it names, or of any; another gives classes,
// numbers and "nobody knows"; every other sample stays where and what it was, and the record counts what was
// changed.
TEST_CASE("corrections: samples are left out, and others get new values") {
    const Tables tables("id,reason\r\nsample 3,\"twice, in train\"\r\nsample 8,blurred\r\n",
                        "id,target,label,split\nsample 1,kind,ant,train\nsample 1,age,12.5,\n"
                        "sample 2,age,,\nsample 7,kind,ant,val\nsample 3,kind,ant,\n");
    Splits splits = seven_and_three();
    const std::string before = fingerprint(splits.train, ten_targets);
    correct_splits(splits, tables.data, ten_targets);
    CHECK(splits.notes == std::vector<std::string>{});
    CHECK(splits.train.indices == std::vector<std::int64_t>{0, 1, 2, 4, 5, 6});
    CHECK(splits.val.indices == std::vector<std::int64_t>{7, 9});
    CHECK(class_of_sample(splits.train.dataset, 1, ten_targets, 0) == 0);
    CHECK(std::get<double>(splits.train.dataset.targets(1)[1]) == 12.5);
    CHECK(std::holds_alternative<std::monostate>(splits.train.dataset.targets(2)[1]));
    CHECK(class_of_sample(splits.train.dataset, 5, ten_targets, 0) == 1);
    CHECK(class_of_sample(splits.val.dataset, 7, ten_targets, 0) == 0);
    CHECK(fingerprint(splits.train, ten_targets) != before);
    REQUIRE(splits.corrections.size() == 2);
    const core::Json record = to_json(splits.corrections);
    CHECK(record["exclude"]["rows"] == 2);
    CHECK(record["exclude"]["samples"] == core::Json({{"train", 1}, {"val", 1}}));
    CHECK(record["relabel"]["rows"] == 5);
    CHECK(record["relabel"]["samples"] == core::Json({{"train", 2}, {"val", 1}}));
    // sha256sum of the first table.
    CHECK(record["exclude"]["sha256"] == "d8f1c64b89ffb1093db3f28ab0bf712eeaefc994680e2f54c2aa6a685d9c29a2");
}

// Proves: without tables nothing changes, and tables without rows change nothing either.
TEST_CASE("corrections: nothing to correct") {
    const Tables none("", "");
    Splits splits = seven_and_three();
    correct_splits(splits, none.data, ten_targets);
    CHECK(splits.corrections.empty());
    const Tables headers("id,split,reason\n", "id,split,target,label,reason\n");
    correct_splits(splits, headers.data, ten_targets);
    CHECK(splits.train.indices.size() == 7);
    CHECK(splits.notes.empty());
    CHECK(fingerprint(splits.train, ten_targets) == fingerprint(seven_and_three().train, ten_targets));
}

// Proves: every mistake of both tables is told at once, each with file and row.
TEST_CASE("corrections: mistakes in tables") {
    const Tables tables("\xEF\xBB\xBFid,reasn\nsample 1,x\n",
                        "id,target,label,split\nsample 1,kind,antt,\nsample 2,age,young,\n"
                        "sample 3,sort,ant,\nsample 4,,ant,\nsample 5,kind,ant,valid\n,kind,ant,\n"
                        "sample 6,kind,ant\nsample 7,kind,ant,\nsample 7,kind,bee,val\n");
    const std::string told = failure_text([&] { Corrections corrections(tables.data, ten_targets); });
    CHECK(tables.without_folder(told) ==
          "exclude.csv:1:2: the column 'reasn' means nothing in a table of data.exclude\n"
          "  did you mean 'reason'?\n"
          "relabel.csv:2:1: 'antt' is no class of the target 'kind'\n"
          "  did you mean 'ant'?\n"
          "relabel.csv:3:1: 'young' is no number, and the target 'age' is one in years\n"
          "  a number has a decimal point and no separators\n"
          "relabel.csv:4:1: the data set has no target 'sort'\n"
          "  allowed: kind, age\n"
          "relabel.csv:5:1: the row does not say which target the label is of\n"
          "  name it in the column `target`; the data set has: kind, age\n"
          "relabel.csv:6:1: there is no split 'valid'\n"
          "  allowed: train, val, test\n"
          "relabel.csv:7:1: the row has no id\n"
          "relabel.csv:8:1: the row has 3 cells, and the table 4 columns\n"
          "  a cell with a comma in it stands in quotation marks\n"
          "relabel.csv:10:1: 'sample 7' has another label in line 9\n"
          "  keep one of them");
    CHECK(failure_text([&] { Corrections corrections(data_with("nowhere.csv", ""), ten_targets); }) ==
          "p.yaml:3:12: data.exclude: nowhere.csv is no file\n"
          "  a relative name begins at the working directory; leave the key out where nothing is to be "
          "corrected");
    const Tables places("", "id,label\nsample 1,3\n");
    CHECK(places.without_folder(failure_text([&] {
        Corrections corrections(places.data, {points_target("face", 5)});
    })) == "relabel.csv:2:1: the target 'face' has no single class or number that a table could give\n"
           "  an empty label says that nobody knows the value; data.exclude leaves the sample out");
}

// Proves: rows about samples that no split has are a note with the nearest id; where all are, or where none
// stays of a split, it is an error.
TEST_CASE("corrections: rows that fit nothing, and all of a split") {
    const Tables some("id\nsample 1\nsampel 2\nsomething else\n", "");
    Splits splits = seven_and_three();
    correct_splits(splits, some.data, ten_targets);
    REQUIRE(splits.notes.size() == 1);
    CHECK(some.without_folder(splits.notes.front()) ==
          "2 of 3 rows of data.exclude name no sample:\n"
          "  exclude.csv:3: sampel 2 (did you mean 'sample 2'?)\n"
          "  exclude.csv:4: something else");
    const Tables all("id\nx/1.jpg\n", "");
    CHECK(all.without_folder(failure_text([&] { correct_splits(splits, all.data, ten_targets); })) ==
          "p.yaml:3:12: every row of data.exclude names no sample:\n"
          "  exclude.csv:2: x/1.jpg\n"
          "  an id is what predictions.csv has under `id`: 'sample 0'");
    const Tables whole("id\nsample 7\nsample 8\nsample 9\n", "");
    splits = seven_and_three();
    CHECK(whole.without_folder(failure_text([&] { correct_splits(splits, whole.data, ten_targets); })) ==
          "p.yaml:3:12: data.exclude leaves no sample of 'val'\n"
          "  look at exclude.csv");
}
