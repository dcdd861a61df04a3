// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "core/files.hpp"
#include "data/splits.hpp"
#include "support.hpp"

using namespace graft;
using namespace graft::data;
using graft::test::all_of;
using graft::test::FakeDataset;

namespace {

const std::vector<TargetSchema> two_classes{test::category("label", {"a", "b"})};

/// One in five is of class b; ten samples a person.
std::shared_ptr<FakeDataset> people(std::int64_t samples) {
    auto dataset = std::make_shared<FakeDataset>();
    dataset->samples = samples;
    dataset->values = [](std::int64_t index) {
        return std::vector<TargetValue>{std::int64_t{index % 5 == 0 ? 1 : 0}};
    };
    dataset->group_name = [](std::int64_t index) { return "person " + std::to_string(index / 10); };
    return dataset;
}

Splits split_people(const pipeline::SplitRule& split, std::int64_t samples) {
    return make_splits(
        split, [&](const std::string&) { return plugin::Unguarded::dataset(people(samples)); }, two_classes);
}

pipeline::SplitRule fractions(double val, double test) {
    pipeline::SplitRule split;
    split.by_fraction = true;
    split.val_fraction = val;
    split.test_fraction = test;
    return split;
}

std::set<std::int64_t> together(const Splits& splits) {
    std::set<std::int64_t> all;
    for (const Subset* subset : {&splits.train, &splits.val, &splits.test}) {
        all.insert(subset->indices.begin(), subset->indices.end());
    }
    return all;
}

std::int64_t of_class_b(const Subset& subset) {
    return std::count_if(subset.indices.begin(), subset.indices.end(),
                         [](std::int64_t index) { return index % 5 == 0; });
}

}  // namespace

TEST_CASE("fractions divide the samples once, and the seed decides which") {
    pipeline::SplitRule split = fractions(0.2, 0.1);
    const Splits splits = split_people(split, 500);
    CHECK(splits.val.indices.size() == 100);
    CHECK(splits.test.indices.size() == 50);
    CHECK(splits.train.indices.size() == 350);
    CHECK(together(splits).size() == 500);
    CHECK(split_people(split, 500).val.indices == splits.val.indices);
    split.seed = 1;
    CHECK(split_people(split, 500).val.indices != splits.val.indices);
}

TEST_CASE("stratified: each class gives its part") {
    pipeline::SplitRule split = fractions(0.25, 0);
    split.stratify = "label";
    const Splits splits = split_people(split, 400);
    CHECK(splits.val.indices.size() == 100);
    CHECK(of_class_b(splits.val) == 20);
    CHECK(of_class_b(splits.train) == 60);
}

TEST_CASE("grouped: no person lies on two sides") {
    pipeline::SplitRule split = fractions(0.2, 0.2);
    split.by_group = true;
    const Splits splits = split_people(split, 300);
    CHECK(splits.val.indices.size() == 60);
    CHECK(splits.test.indices.size() == 60);
    CHECK(together(splits).size() == 300);
    std::set<std::string> seen;
    for (const Subset* subset : {&splits.train, &splits.val, &splits.test}) {
        std::set<std::string> here;
        for (const std::int64_t index : subset->indices) {
            here.insert(subset->dataset.group(index));
        }
        for (const std::string& person : here) {
            CHECK(seen.insert(person).second);
        }
    }
}

TEST_CASE("groups of one sample each are worth a warning") {
    pipeline::SplitRule split = fractions(0.2, 0);
    split.by_group = true;
    CHECK(split_people(split, 300).notes.empty());
    const auto alone = people(300);
    alone->group_name = nullptr;
    const auto open = [&](const std::string&) { return plugin::Unguarded::dataset(alone); };
    CHECK(
        make_splits(split, open, two_classes).notes ==
        std::vector<std::string>{"every sample is a group of its own, so data.split.group keeps nothing "
                                 "together; tell the data set what belongs together, or leave `group` out"});
    split.by_group = false;
    CHECK(make_splits(split, open, two_classes).notes.empty());
}

TEST_CASE("a sample more leaves nearly all others on their side") {
    const auto before = split_people(fractions(0.2, 0), 500).val.indices;
    const auto after = split_people(fractions(0.2, 0), 505).val.indices;
    std::vector<std::int64_t> kept;
    std::set_intersection(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(kept));
    CHECK(kept.size() >= 95);
}

TEST_CASE("what cannot be split says so") {
    CHECK(test::failure_text([] { split_people(fractions(0.01, 0), 10); }) ==
          "the split 'val' would hold no sample: the data set has 10 samples in 10 pieces\n"
          "  use more data, or other fractions");
    CHECK(test::failure_text([] { split_people(fractions(0.2, 0), 0); }) ==
          "the data set holds no sample\n  look at the data set's folder");
    pipeline::SplitRule split = fractions(0.5, 0);
    split.by_group = true;
    CHECK(test::failure_text([&] { split_people(split, 10); }) ==
          "the split 'train' would hold no sample: the data set has 10 samples in 1 groups\n"
          "  use more data, or other fractions");
    split.stratify = "lable";
    split.place = {"a.yaml", 3, 5, ""};
    CHECK(test::failure_text([&] { split_people(split, 10); }) ==
          "a.yaml:3:5: data.split.stratify is 'lable', which is no category of the data set\n"
          "  did you mean 'label'?");
    pipeline::SplitRule named;
    CHECK(test::failure_text([&] {
              make_splits(
                  named,
                  [](const std::string& name) {
                      return plugin::Unguarded::dataset(people(name == "train" ? 4 : 0));
                  },
                  two_classes);
          }) ==
          "the split 'val' (data.split.val) holds no sample\n"
          "  look at the data set's folder, or name another split");
}

TEST_CASE("named splits are opened by name; samples in two of them are noted") {
    pipeline::SplitRule split;
    split.val = "holdout";
    std::vector<std::string> opened;
    const Splits splits = make_splits(
        split,
        [&](const std::string& name) {
            opened.push_back(name);
            return plugin::Unguarded::dataset(people(name == "train" ? 20 : 5));
        },
        two_classes);
    CHECK(opened == std::vector<std::string>{"train", "holdout"});
    CHECK(splits.train.indices.size() == 20);
    CHECK(splits.val.indices.size() == 5);
    CHECK(!splits.test.dataset);
    CHECK(splits.notes ==
          std::vector<std::string>{"5 of the 5 samples of 'val' are in 'train' as well (sample 0, ...): "
                                   "the results on 'val' say little about new pictures"});
}

TEST_CASE("the fingerprint follows samples, targets and file sizes") {
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "a.jpg";
    core::write_atomically(path, "12345");
    auto dataset = people(6);
    dataset->picture = [&](std::int64_t) { return path; };
    const std::string before = fingerprint(all_of(dataset), two_classes);
    CHECK(before.size() == 32);
    CHECK(fingerprint(all_of(dataset), two_classes) == before);
    CHECK(fingerprint({plugin::Unguarded::dataset(dataset), {0, 1, 2}}, two_classes) != before);
    core::write_atomically(path, "123456");
    const std::string longer = fingerprint(all_of(dataset), two_classes);
    CHECK(longer != before);
    dataset->values = [](std::int64_t) { return std::vector<TargetValue>{std::monostate{}}; };
    CHECK(fingerprint(all_of(dataset), two_classes) != longer);
}
