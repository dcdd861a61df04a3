// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "data/loader.hpp"
#include "data/sampler.hpp"
#include "graft/error.hpp"
#include "support.hpp"

using namespace graft;
using namespace graft::data;
using graft::test::all_of;
using graft::test::FakeDataset;

namespace {

/// Pictures whose every byte tells the index.
std::shared_ptr<FakeDataset> numbered(std::int64_t samples) {
    auto dataset = std::make_shared<FakeDataset>();
    dataset->samples = samples;
    dataset->picture = [](std::int64_t index) {
        return RgbImage{6, 5, std::vector<std::uint8_t>(90, static_cast<std::uint8_t>(index))};
    };
    dataset->values = [](std::int64_t index) {
        return std::vector<TargetValue>{index % 3, 0.5 * static_cast<double>(index)};
    };
    return dataset;
}

LoaderOptions small_options() {
    LoaderOptions options;
    options.preprocess.height = 4;
    options.preprocess.width = 4;
    options.batch = 4;
    options.seed = 11;
    options.targets = {test::category("kind", {"a", "b", "c"}), {}};
    options.targets[1].name = "half";
    options.targets[1].kind = TargetKind::scalar;
    return options;
}

/// All that an epoch's batches hold, as text that can be compared.
std::vector<std::string> contents(Loader& loader) {
    std::vector<std::string> list;
    while (const auto batch = loader.next()) {
        std::string text;
        for (std::size_t entry = 0; entry < batch->ids.size(); ++entry) {
            const auto row = static_cast<std::int64_t>(entry);
            text += batch->ids[entry] + " " +
                    std::to_string(batch->images[row].to(at::kLong).sum().item<std::int64_t>()) + " " +
                    std::to_string(batch->targets[0].values[row].item<std::int64_t>()) + " " +
                    std::to_string(batch->targets[1].values[row].item<float>()) + " " +
                    std::to_string(batch->motions[entry].matrix[2]) + "; ";
        }
        list.push_back(text);
    }
    return list;
}

LoaderOptions shuffled(std::int64_t samples, int threads) {
    LoaderOptions options = small_options();
    options.sampler = random_sampler(samples, options.seed);
    options.threads = threads;
    options.augment = {{"flip", {0.5}, {}}, {"rotate", {20}, {}}, {"color", {0.3}, {}}};
    return options;
}

}  // namespace

TEST_CASE("without shuffling, batches follow the data set, and the last one is short") {
    Loader loader(all_of(numbered(10)), small_options());
    CHECK(loader.size() == 10);
    CHECK(loader.batches() == 3);
    CHECK(loader.next() == nullptr);  // nothing before start
    loader.start(1);
    const auto first = loader.next();
    CHECK(first->images.sizes() == at::IntArrayRef({4, 4, 4, 3}));
    CHECK(first->images.is_contiguous());
    CHECK(first->ids == std::vector<std::string>{"sample 0", "sample 1", "sample 2", "sample 3"});
    CHECK(first->images[2].eq(2).all().item<bool>());
    CHECK(first->targets[0].values.equal(at::tensor({0, 1, 2, 0}, at::kLong)));
    CHECK(first->targets[0].present.all().item<bool>());
    CHECK(first->targets[1].values.equal(at::tensor({0.0F, 0.5F, 1.0F, 1.5F})));
    CHECK(first->motions[0].original.height == 5);
    CHECK(first->motions[0].original.width == 6);
    CHECK(loader.position() == 1);
    loader.next();
    CHECK(loader.next()->images.size(0) == 2);
    CHECK(loader.next() == nullptr);
    CHECK(loader.next() == nullptr);
}

TEST_CASE("batches are the same with 1, 2 and 4 threads, and differ from epoch to epoch") {
    Loader alone(all_of(numbered(41)), shuffled(41, 1));
    alone.start(1);
    const auto first = contents(alone);
    alone.start(2);
    const auto second = contents(alone);
    CHECK(first.size() == 11);
    CHECK(first != second);
    for (const int threads : {2, 4}) {
        Loader several(all_of(numbered(41)), shuffled(41, threads));
        several.start(2);
        CHECK(contents(several) == second);
        several.start(1);
        CHECK(contents(several) == first);
    }
}

TEST_CASE("an epoch can be resumed at any batch, and begun again in its middle") {
    Loader loader(all_of(numbered(41)), shuffled(41, 3));
    loader.start(5);
    const auto whole = contents(loader);
    for (const std::size_t from : {std::size_t{0}, std::size_t{3}, std::size_t{10}, std::size_t{11}}) {
        loader.start(6);
        loader.next();
        loader.start(5, static_cast<std::int64_t>(from));
        CHECK(contents(loader) ==
              std::vector<std::string>(whole.begin() + static_cast<std::ptrdiff_t>(from), whole.end()));
    }
}

TEST_CASE("a loader goes away in the middle of an epoch") {
    for (int round = 0; round < 20; ++round) {
        Loader loader(all_of(numbered(200)), shuffled(200, 4));
        loader.start(1);
        for (int taken = 0; taken < round % 4; ++taken) {
            CHECK(loader.next() != nullptr);
        }
    }
}

TEST_CASE("no more batches are prepared than `ahead` allows") {
    auto dataset = numbered(100);
    std::atomic<int> read = 0;
    std::atomic<int> allowed = 2 * 4;
    std::atomic<int> too_early = 0;
    dataset->picture = [&](std::int64_t) {
        too_early += ++read > allowed ? 1 : 0;
        return RgbImage{1, 1, {0, 0, 0}};
    };
    LoaderOptions options = small_options();
    options.threads = 3;
    options.ahead = 2;
    Loader loader(all_of(dataset), options);
    loader.start(1);
    for (int taken = 1; taken <= 25; ++taken) {
        while (read < allowed) {  // the threads go as far as they may, and no farther
            std::this_thread::yield();
        }
        allowed = std::min(100, 4 * (taken + 2));
        CHECK(loader.next() != nullptr);
    }
    CHECK(read == 100);
    CHECK(too_early == 0);
}

TEST_CASE("bad samples are left out, named once, and a batch of nothing else is passed over") {
    auto dataset = numbered(12);
    dataset->picture = [](std::int64_t index) -> ImageSource {
        if (index == 2) {
            return std::filesystem::path("/nowhere/2.jpg");
        }
        if (index >= 4 && index < 8) {
            return EncodedImage{{'G', 'I', 'F', '8', '9', 'a'}};
        }
        if (index == 9) {
            throw Error(ErrorKind::data, "the archive has no member 9");
        }
        return RgbImage{1, 1, {7, 7, 7}};
    };
    dataset->values = [](std::int64_t index) {
        return std::vector<TargetValue>{index % 3, index == 10 ? std::nan("") : 1.0};
    };
    LoaderOptions options = small_options();
    options.threads = 2;
    Loader loader(all_of(dataset), options);
    for (std::int64_t epoch = 1; epoch <= 2; ++epoch) {
        loader.start(epoch);
        CHECK(loader.next()->ids == std::vector<std::string>{"sample 0", "sample 1", "sample 3"});
        const auto last = loader.next();
        CHECK(last->ids == std::vector<std::string>{"sample 8", "sample 11"});
        CHECK(last->images.eq(7).all().item<bool>());
        CHECK(last->targets[0].values.equal(at::tensor({2, 2}, at::kLong)));
        CHECK(loader.next() == nullptr);
    }
    const auto skipped = loader.skipped();
    REQUIRE(skipped.size() == 7);
    CHECK(skipped[0].id == "sample 10");
    CHECK(skipped[0].reason == "target 'half' is nan");
    CHECK(skipped[1].id == "sample 2");
    CHECK(skipped[1].reason == "does not exist");
    CHECK(skipped[2].reason == "is a GIF; graft reads JPEG, PNG, BMP, WebP, TIFF and PNM (PBM, PGM, PPM)");
    CHECK(skipped[6].reason == "the archive has no member 9");
}

TEST_CASE("too many bad samples or records stop, with the first ones named") {
    auto dataset = numbered(10);
    dataset->picture = [](std::int64_t index) -> ImageSource {
        return index < 6 ? ImageSource(EncodedImage{}) : ImageSource(RgbImage{1, 1, {0, 0, 0}});
    };
    dataset->found = {{"labels.csv:3", "has no age", true}, {"notes.txt", "is no picture", false}};
    Loader loader(all_of(dataset), small_options());
    loader.start(1);
    while (loader.next() != nullptr) {
    }
    CHECK_NOTHROW(loader.check_bad_images(0.6));
    CHECK(test::failure_text([&] { loader.check_bad_images(0.05); }) ==
          "6 of 10 samples cannot be read:\n  sample 0: is empty (0 bytes)\n  sample 1: is empty (0 bytes)\n"
          "  sample 2: is empty (0 bytes)\n  sample 3: is empty (0 bytes)\n  sample 4: is empty (0 bytes)\n"
          "  and 1 more\n"
          "  mend or remove them, or allow more than 0.05 with data.bad_images\n"
          "1 of 11 records cannot be used:\n  labels.csv:3: has no age\n"
          "  mend or remove them, or allow more than 0.05 with data.bad_images");
}

TEST_CASE("what is no fault of a sample ends the epoch and is rethrown") {
    auto dataset = numbered(40);
    dataset->values = [](std::int64_t index) -> std::vector<TargetValue> {
        if (index == 13) {
            throw std::logic_error("a fault of the plugin");
        }
        return {index % 3, 0.0};
    };
    LoaderOptions options = small_options();
    options.threads = 3;
    Loader loader(all_of(dataset), options);
    loader.start(1);
    const auto drain = [&] {
        while (loader.next() != nullptr) {
        }
    };
    const std::string text =
        "dataset 'test': targets, sample 13 threw: a fault of the plugin\n"
        "  this is a fault of the plugin; tell its author";
    CHECK(test::failure_text(drain) == text);
    CHECK(loader.next() == nullptr);
    loader.start(2);
    CHECK(test::failure_text(drain) == text);
}

TEST_CASE("values that the schema does not have are the plugin's fault") {
    auto dataset = numbered(4);
    dataset->values = [](std::int64_t) { return std::vector<TargetValue>{std::int64_t{3}, 0.0}; };
    LoaderOptions options = small_options();
    options.threads = 1;  // so that sample 0 is the first to fail
    Loader loader(all_of(dataset), options);
    loader.start(1);
    CHECK(test::failure_text([&] { loader.next(); }) ==
          "dataset 'test': targets, sample 0: the data set's value for target 'kind' is class 3, but there "
          "are 3 classes\n"
          "  this is a fault of the plugin; tell its author");
    dataset->values = [](std::int64_t) { return std::vector<TargetValue>{std::int64_t{1}, std::int64_t{1}}; };
    loader.start(1);
    CHECK(test::failure_text([&] { loader.next(); }) ==
          "dataset 'test': targets, sample 0: the data set's value for target 'half' is no number\n"
          "  this is a fault of the plugin; tell its author");
}

TEST_CASE("missing targets of every kind are absent and harmless") {
    auto dataset = numbered(2);
    LoaderOptions options = small_options();
    TargetSchema labels = test::category("tags", {"x", "y"});
    labels.kind = TargetKind::labels;
    TargetSchema tensor;
    tensor.name = "map";
    tensor.kind = TargetKind::tensor;
    tensor.shape = {2, 2};
    options.targets.push_back(labels);
    options.targets.push_back(tensor);
    dataset->values = [](std::int64_t index) -> std::vector<TargetValue> {
        if (index == 0) {
            return {std::monostate{}, std::monostate{}, std::monostate{}, std::monostate{}};
        }
        return {std::int64_t{2}, 3.5, Labels{true, std::nullopt}, std::vector<float>{1, 2, 3, 4}};
    };
    Loader loader(all_of(dataset), options);
    loader.start(1);
    const auto batch = loader.next();
    CHECK(batch->targets[0].values.equal(at::tensor({0, 2}, at::kLong)));
    CHECK(batch->targets[0].present.equal(at::tensor({0, 1}).to(at::kBool)));
    CHECK(batch->targets[1].present.equal(at::tensor({0, 1}).to(at::kBool)));
    CHECK(batch->targets[2].values.equal(at::tensor({0.0F, 0.0F, 1.0F, 0.0F}).view({2, 2})));
    CHECK(batch->targets[2].present.equal(at::tensor({0, 0, 1, 0}).view({2, 2}).to(at::kBool)));
    CHECK(batch->targets[3].values[1].equal(at::tensor({1.0F, 2.0F, 3.0F, 4.0F}).view({2, 2})));
    CHECK(batch->targets[3].present.equal(at::tensor({0, 1}).to(at::kBool)));
}
