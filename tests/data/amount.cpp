// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// data.limit, data.fraction, the counts of the classes, and splits that are found.
#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "data/amount.hpp"
#include "data/classes.hpp"
#include "support.hpp"

using namespace graft;
using namespace graft::data;
using graft::test::all_of;
using graft::test::FakeDataset;
using Counts = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

namespace {

const std::vector<TargetSchema> targets{test::category("label", {"a", "b", "c"})};

/// Of ten samples six are of class a, three of b, one of c.
Subset subset(std::int64_t samples, const std::string& prefix) {
    auto dataset = std::make_shared<FakeDataset>();
    dataset->samples = samples;
    dataset->name = [prefix](std::int64_t index) { return prefix + std::to_string(index); };
    dataset->values = [](std::int64_t index) {
        return std::vector<TargetValue>{std::int64_t{index % 10 < 6 ? 0 : index % 10 < 9 ? 1 : 2}};
    };
    return all_of(dataset);
}

Splits splits_of(std::int64_t train, std::int64_t val) {
    Splits splits;
    splits.train = subset(train, "t");
    splits.val = subset(val, "v");
    return splits;
}

Splits limited(Splits splits, std::int64_t limit, double fraction, std::uint64_t seed = 0) {
    pipeline::Data data;
    data.limit = limit;
    data.fraction = fraction;
    limit_splits(splits, data, seed, targets);
    return splits;
}

std::set<std::int64_t> set_of(const Subset& subset) {
    return {subset.indices.begin(), subset.indices.end()};
}

}  // namespace

// By hand: 10 of 60, 30 and 10 are 6, 3, 1; of 61, 30, 9: 6.1, 3, 0.9, so the last unit goes to the third.
TEST_CASE("shares are in proportion, by largest remainders, and leave nobody out") {
    CHECK(proportional_shares({60, 30, 10}, 10) == Counts{6, 3, 1});
    CHECK(proportional_shares({61, 30, 9}, 10) == Counts{6, 3, 1});
    CHECK(proportional_shares({97, 1, 2}, 10) == Counts{8, 1, 1});
    CHECK(proportional_shares({97, 0, 3}, 2) == Counts{1, 0, 1});
    CHECK(proportional_shares({5, 5, 5}, 2) == Counts{1, 1, 0});
    CHECK(proportional_shares({5, 5}, 100) == Counts{5, 5});
    CHECK(proportional_shares({7}, 3) == Counts{3});
}

TEST_CASE("a limit divides among training and validation, and among classes") {
    const Splits all = splits_of(800, 200);
    const Splits splits = limited(all, 100, 1);
    const auto counts = count_classes(splits, targets);
    REQUIRE(counts.size() == 1);
    CHECK(counts[0].train == Counts{48, 24, 8});
    CHECK(counts[0].val == Counts{12, 6, 2});
    CHECK(std::is_sorted(splits.train.indices.begin(), splits.train.indices.end()));
    CHECK(splits.notes.empty());
    const Splits whole = limited(all, 1000, 1);
    CHECK(whole.train.indices == all.train.indices);
    CHECK(whole.notes ==
          Texts{"data.limit is 1000, and there are 1000 samples for training and validation: nothing "
                "is left out"});
}

// Proves: the seed decides, a smaller part lies within a larger one, and nothing else matters.
TEST_CASE("a fraction is drawn by the seed, for each split") {
    const Splits all = splits_of(500, 100);
    const Splits tenth = limited(all, 0, 0.1);
    CHECK(count_classes(tenth, targets)[0].train == Counts{30, 15, 5});
    CHECK(count_classes(tenth, targets)[0].val == Counts{6, 3, 1});
    CHECK(limited(all, 0, 0.1).train.indices == tenth.train.indices);
    CHECK(limited(all, 0, 0.1, 1).train.indices != tenth.train.indices);
    const auto larger = set_of(limited(all, 0, 0.4).train);
    for (const std::int64_t index : tenth.train.indices) {
        CHECK(larger.contains(index));
    }
    CHECK(limited(all, 0, 0.0001).val.indices.size() == 1);  // never none
    CHECK(limited(all, 0, 1).train.indices == all.train.indices);
}

TEST_CASE("classes without samples are told, and a class of val that train lacks is an error") {
    Splits splits = splits_of(10, 10);
    splits.train.indices = {0, 1, 6};  // a, a, b
    splits.val.indices = {0, 9};       // a, c
    const auto counts = count_classes(splits, targets);
    CHECK(counts[0].first_val == Texts{"v0", "", "v9"});
    CHECK(notes_of_classes(counts, targets) ==
          Texts{"no training sample is of 'c' (label): a model cannot learn it",
                "no validation sample is of 'b' (label): scores say nothing about it"});
    pipeline::SplitRule split;
    CHECK(test::failure_text([&] { refuse_unknown_classes(counts, targets, {0}, split); }) ==
          "the validation split has a sample of 'c' (label), of which the training split has none; for "
          "example v9\n"
          "  add training samples of the class, or take these away");
    CHECK_NOTHROW(refuse_unknown_classes(counts, targets, {}, split));  // no head tells these classes apart
    split.by_fraction = true;                                           // chance has divided them
    CHECK_NOTHROW(refuse_unknown_classes(counts, targets, {0}, split));
}

TEST_CASE("splits are found by their usual names where the pipeline names none") {
    const auto found = [](const Texts& names, pipeline::SplitRule split = {}) {
        Texts notes;
        split = found_splits(split, names, notes);
        return split.train + "|" + split.val + "|" + split.test + (notes.empty() ? "" : " " + notes.at(0));
    };
    const std::string said = " data.split is not given; found there: split: ";
    CHECK(found({"train", "val", "test"}) == "train|val|");
    CHECK(found({"test", "train", "valid"}) == "train|valid|" + said + "{train: train, val: valid}");
    CHECK(found({"Testing", "Training"}) == "Training|Testing|" + said + "{train: Training, val: Testing}");
    CHECK(found({"TRAIN", "Validation"}) == "TRAIN|Validation|" + said + "{train: TRAIN, val: Validation}");
    CHECK(found({"train", "photos"}) == "train|val|");
    CHECK(found({}) == "train|val|");
    pipeline::SplitRule given;
    given.is_given = true;
    CHECK(found({"Testing", "Training"}, given) == "train|val|");
}
