// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Who composes batches: what an epoch holds follows from (seed, epoch) and the classes alone.
#include "data/sampler.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "data/loader.hpp"
#include "support.hpp"

using namespace graft;
using namespace graft::data;
using graft::test::all_of;
using graft::test::FakeDataset;

namespace {

using Positions = std::vector<std::int64_t>;

/// Classes of 2, 50 and 7 samples, and three samples whose class nobody knows, all mixed.
Positions uneven() {
    Positions classes;
    for (std::int64_t index = 0; index < 62; ++index) {
        classes.push_back(index % 20 == 5 ? -1 : index % 30 == 7 ? 0 : index % 9 == 3 ? 2 : 1);
    }
    return classes;
}

std::map<std::int64_t, std::int64_t> counts(const Positions& classes, const Positions& order) {
    std::map<std::int64_t, std::int64_t> count;
    for (const std::int64_t position : order) {
        ++count[classes.at(static_cast<std::size_t>(position))];
    }
    return count;
}

pipeline::SamplerRule rule(const std::string& use, std::int64_t classes = 0, std::int64_t samples = 0,
                           const std::string& target = "") {
    pipeline::SamplerRule made;
    made.use = use;
    made.target = target;
    made.classes = classes;
    made.samples = samples;
    made.place = {"bird_targets.yaml", 7, 3, ""};
    return made;
}

/// A data set with these classes; -1: missing.
Subset subset_of(const Positions& classes) {
    auto dataset = std::make_shared<FakeDataset>();
    dataset->samples = static_cast<std::int64_t>(classes.size());
    dataset->values = [classes](std::int64_t index) {
        const std::int64_t value = classes.at(static_cast<std::size_t>(index));
        return std::vector<TargetValue>{value < 0 ? TargetValue() : TargetValue(value), 0.5};
    };
    return all_of(dataset);
}

const std::vector<TargetSchema> bird_targets{category_target("species", {"tit", "wren", "robin"}),
                                             scalar_target("weight", "grams")};

std::string refused(const pipeline::SamplerRule& wanted, const std::vector<TargetSchema>& targets) {
    return test::failure_text([&] { make_sampler(wanted, subset_of(uneven()), targets, 1); });
}

}  // namespace

// Proves: every sample once an epoch, in an order that follows from seed and epoch.
TEST_CASE("random: every sample once") {
    const auto sampler = random_sampler(20, 3);
    CHECK(sampler->size() == 20);
    const Positions first = sampler->order(1);
    Positions sorted = first;
    std::sort(sorted.begin(), sorted.end());
    for (std::int64_t index = 0; index < 20; ++index) {
        CHECK(sorted.at(static_cast<std::size_t>(index)) == index);
    }
    CHECK(random_sampler(20, 3)->order(1) == first);
    CHECK(sampler->order(2) != first);
    CHECK(random_sampler(20, 4)->order(1) != first);
}

// Proves: every class equally often, a rare one's samples repeated, a frequent one's all seen after enough
// epochs; an unknown class never; and the same again for the same seed.
TEST_CASE("balanced: every class equally often") {
    const Positions classes = uneven();
    const auto known = counts(classes, random_sampler(62, 1)->order(1));
    REQUIRE(known.at(0) == 2);
    REQUIRE(known.at(2) == 7);
    const auto sampler = balanced_sampler(classes, 3);
    CHECK(sampler->size() == 62 - known.at(-1));
    std::map<std::int64_t, std::int64_t> together;
    std::set<std::int64_t> frequent;
    for (std::int64_t epoch = 1; epoch <= 9; ++epoch) {
        CAPTURE(epoch);
        const Positions order = sampler->order(epoch);
        CHECK(static_cast<std::int64_t>(order.size()) == sampler->size());
        const auto count = counts(classes, order);
        CHECK(count.size() == 3);
        for (const auto& [index, times] : count) {
            CHECK(std::abs(times - sampler->size() / 3) <= 1);
            together[index] += times;
        }
        for (const std::int64_t position : order) {
            if (classes[static_cast<std::size_t>(position)] == 1) {
                frequent.insert(position);
            }
        }
        CHECK(balanced_sampler(classes, 3)->order(epoch) == order);
    }
    CHECK(static_cast<std::int64_t>(frequent.size()) == known.at(1));
    CHECK(together.at(0) == together.at(1));  // 9 epochs divide by 3 classes
    CHECK(together.at(1) == together.at(2));
    CHECK(sampler->order(1) != sampler->order(2));
    CHECK(balanced_sampler(classes, 4)->order(1) != sampler->order(1));
}

// Proves: the samples of a class take turns: none is drawn a second time before all were drawn once.
TEST_CASE("balanced: samples of a class take turns") {
    const Positions classes = uneven();
    std::map<std::int64_t, std::int64_t> times;
    for (const std::int64_t position : balanced_sampler(classes, 3)->order(1)) {
        ++times[position];
    }
    std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> range;  // least and most, by class
    for (std::size_t position = 0; position < classes.size(); ++position) {
        const std::int64_t count = times[static_cast<std::int64_t>(position)];
        auto& [least, most] = range.try_emplace(classes[position], count, count).first->second;
        least = std::min(least, count);
        most = std::max(most, count);
    }
    CHECK(range.at(-1) == std::pair<std::int64_t, std::int64_t>{0, 0});
    for (const std::int64_t index : {0, 1, 2}) {
        CHECK(range.at(index).second - range.at(index).first <= 1);
    }
    CHECK(range.at(0).first >= 9);  // 19 or 20 draws from two samples
}

// Proves: each batch holds P different classes and K samples of each, different ones where the class has so
// many; an epoch is whole batches, and every class has its turn.
TEST_CASE("classes: P classes and K samples of each in every batch") {
    Positions classes;
    for (std::int64_t index = 0; index < 67; ++index) {
        classes.push_back(index < 3 ? 0 : index % 11 == 0 ? -1 : 1 + index % 6);
    }
    const auto known = counts(classes, random_sampler(67, 1)->order(1));
    const pipeline::SamplerRule wanted = rule("classes", 3, 4);
    const auto sampler = class_sampler(classes, wanted, 9);
    CHECK(sampler->size() == (67 - known.at(-1)) / 12 * 12);
    std::set<std::int64_t> seen;
    for (std::int64_t epoch = 1; epoch <= 20; ++epoch) {
        const Positions order = sampler->order(epoch);
        REQUIRE(static_cast<std::int64_t>(order.size()) == sampler->size());
        CHECK(class_sampler(classes, wanted, 9)->order(epoch) == order);
        for (std::size_t begin = 0; begin < order.size(); begin += 12) {
            CAPTURE(epoch);
            CAPTURE(begin);
            const Positions batch(order.begin() + static_cast<std::ptrdiff_t>(begin),
                                  order.begin() + static_cast<std::ptrdiff_t>(begin) + 12);
            const auto count = counts(classes, batch);
            CHECK(count.size() == 3);
            for (const auto& [index, times] : count) {
                CHECK(index >= 0);
                CHECK(times == 4);
                seen.insert(index);
            }
            for (const auto& [index, times] : count) {
                std::set<std::int64_t> different;
                for (const std::int64_t position : batch) {
                    if (classes[static_cast<std::size_t>(position)] == index) {
                        different.insert(position);
                    }
                }
                CHECK(static_cast<std::int64_t>(different.size()) ==
                      std::min<std::int64_t>(4, known.at(index)));
            }
        }
    }
    CHECK(seen.size() == 7);
    CHECK(sampler->order(1) != sampler->order(2));
}

// Proves: fewer samples than a batch needs still make one, of repeated samples.
TEST_CASE("classes: at least one batch") {
    const auto sampler = class_sampler({0, 1, -1}, rule("classes", 2, 3), 9);
    CHECK(sampler->size() == 6);
    Positions order = sampler->order(1);
    std::sort(order.begin(), order.end());
    CHECK(order == Positions{0, 0, 0, 1, 1, 1});
}

// Proves: a pipeline's rule finds its category, and what cannot be sampled is refused at its place.
TEST_CASE("samplers of a pipeline") {
    const Positions classes = uneven();
    const Subset subset = subset_of(classes);
    CHECK(make_sampler(rule("random"), subset, bird_targets, 3)->order(2) == random_sampler(62, 3)->order(2));
    CHECK(make_sampler(rule("balanced"), subset, bird_targets, 3)->order(2) ==
          balanced_sampler(classes, 3)->order(2));
    const pipeline::SamplerRule pairs = rule("classes", 2, 2, "species");
    CHECK(make_sampler(pairs, subset, bird_targets, 3)->order(2) ==
          class_sampler(classes, pairs, 3)->order(2));
    Subset part = subset;
    part.indices = {8, 7, 12};  // of the classes 1, 0 and 2: positions count in the subset
    const auto sampler = make_sampler(rule("classes", 3, 1), part, bird_targets, 3);
    Positions order = sampler->order(1);
    std::sort(order.begin(), order.end());
    CHECK(order == Positions{0, 1, 2});

    CHECK(refused(rule("balanced"), {bird_targets[1]}) ==
          "bird_targets.yaml:7:3: train.sampler: balanced needs a category, and the data set has none\n"
          "  use: random");
    CHECK(refused(rule("classes", 2, 2, "speces"), bird_targets) ==
          "bird_targets.yaml:7:3: train.sampler.target is 'speces', which is no category of the data set\n"
          "  did you mean 'species'?");
    CHECK(refused(rule("balanced", 0, 0, "weight"), bird_targets).find("'weight', which is no category") !=
          std::string::npos);
    CHECK(refused(rule("balanced"), {bird_targets[0], category_target("sex", {"male", "female"})}) ==
          "bird_targets.yaml:7:3: train.sampler: balanced could count the classes of several categories\n"
          "  choose one with `target`: species, sex");
    CHECK(refused(rule("classes", 4, 2), bird_targets) ==
          "bird_targets.yaml:7:3: train.sampler asks for 4 classes a batch; the training split has samples "
          "of 3 "
          "(species)\n  ask for fewer classes");
    CHECK(test::failure_text([] {
              make_sampler(rule("balanced"), subset_of({-1, -1}), bird_targets, 1);
          }) ==
          "bird_targets.yaml:7:3: train.sampler asks for 1 classes a batch; the training split has samples "
          "of 0 "
          "(species)\n  ask for fewer classes");
}

// Proves: the loader follows a sampler, and a sample that comes twice in an epoch is augmented anew.
TEST_CASE("repeated samples are other views") {
    auto dataset = std::make_shared<FakeDataset>();
    dataset->samples = 4;
    LoaderOptions options;
    options.preprocess.height = options.preprocess.width = 4;
    options.batch = 3;
    options.seed = 2;
    options.sampler = balanced_sampler({0, 1, 1, 1}, 5);
    options.augment = {{"rotate", {20}, {}}};
    Loader loader(all_of(dataset), options);
    CHECK(loader.size() == 4);
    CHECK(loader.batches() == 2);
    const auto epoch = [&] {
        std::vector<std::pair<std::string, double>> views;
        loader.start(1);
        while (const auto batch = loader.next()) {
            for (std::size_t number = 0; number < batch->ids.size(); ++number) {
                views.emplace_back(batch->ids[number], batch->motions[number].matrix[1]);
            }
        }
        return views;
    };
    const auto views = epoch();
    CHECK(epoch() == views);
    REQUIRE(views.size() == 4);
    std::set<double> of_the_rare;
    for (std::size_t number = 0; number < views.size(); ++number) {
        CHECK(views[number].first == "sample " + std::to_string(options.sampler->order(1)[number]));
        if (views[number].first == "sample 0") {
            of_the_rare.insert(views[number].second);
        }
    }
    CHECK(of_the_rare.size() == 2);
}
