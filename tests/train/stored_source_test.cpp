// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Features of a frozen prefix out of the store, beside the same run from pixels.
#include "train/stored_source.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <doctest/doctest.h>

#include "core/files.hpp"
#include "features/store.hpp"
#include "model/freeze.hpp"
#include "toys.hpp"
#include "train/feature_reuse.hpp"
#include "train/trainer.hpp"

namespace graft::test {
namespace {

constexpr std::uint64_t room = 1 << 20;

/// A run of the toy model whose frozen stages are kept in a store.
struct StoredRun {
    pipeline::Pipeline pipeline = toy_pipeline(3);
    ToySamples samples;
    ToyOptions options;
    std::uint64_t limit = room;
    data::KeptViews views;
    std::string code = "one";
    std::string precision = "float32";
    Listener events;
    TemporaryFolder folder;
    std::atomic<bool> stop{false};
    std::unique_ptr<model::Model> model;

    train::TrainResult go(const std::filesystem::path& store_folder) {
        model = toy_model(options);
        const auto train_loader = toy_loader(samples, pipeline.train.batch, true);
        const auto val_loader = toy_loader({}, pipeline.train.batch, false);
        features::FeatureStore store(store_folder, limit);
        const auto warn = [&](const std::string& text) { events.emit({"warning", {{"text", text}}}); };
        train_loader->use_views(views);
        train::StoredSource train(*train_loader, *model, at::kCPU, store, views, warn);
        train::StoredSource val(*val_loader, *model, at::kCPU, store, {}, warn);
        train::FeatureReuse reuse(*model, at::kCPU, store, code, precision, events);
        reuse.add(train, views.count > 0 ? core::Json("changes") : core::Json());
        reuse.add(val);
        train::TrainRequest request{pipeline,      *model, train, &val, at::Device(at::kCPU),
                                    folder.path(), events, stop,  ""};
        request.phase_begins = [&](const model::Freezing& freezing) { reuse.begin(freezing); };
        return train::train(request);
    }
};

/// Training losses, epoch by epoch.
std::vector<double> losses_of(const Listener& events) {
    std::vector<double> losses;
    for (const core::Json& epoch : events.named("epoch")) {
        losses.push_back(epoch.at("train").at("loss").get<double>());
    }
    return losses;
}

void require_equal(const std::vector<double>& one, const std::vector<double>& other) {
    REQUIRE(one.size() == other.size());
    for (std::size_t index = 0; index < one.size(); ++index) {
        CHECK(one[index] == doctest::Approx(other[index]).epsilon(1e-5));
    }
}

std::uint64_t rows_below(const std::filesystem::path& folder) {
    std::uint64_t rows = 0;
    for (const features::TableInfo& table : features::list_tables(folder)) {
        rows += table.rows();
        CHECK(features::damaged_rows(table) == 0);
    }
    return rows;
}

}  // namespace

// Proves: where the prefix ends makes no difference to what is learnt: everything frozen (heads read pooled
// rows), a part frozen (the rest goes on from the cut), a BatchNorm in the prefix, samples without a picture.
TEST_CASE("a run learns from stored features what it learns from pixels") {
    for (const char* freeze : {"backbone", "backbone.stem"}) {
        CAPTURE(freeze);
        ToyRun pixels;
        pixels.pipeline = toy_pipeline(3);
        pixels.pipeline.train.phases = {toy_phase(3, {freeze})};
        pixels.pipeline.data.bad_images = 0.5;
        pixels.model_options.backbone_norm = true;
        pixels.samples.broken = {3, 7};
        const train::TrainResult expected = pixels.go();

        const TemporaryFolder folder;
        StoredRun stored;
        stored.pipeline = pixels.pipeline;
        stored.options.backbone_norm = true;
        stored.samples.broken = {3, 7};
        const train::TrainResult result = stored.go(folder.path());
        require_equal(losses_of(stored.events), losses_of(pixels.events));
        CHECK(result.best.epoch == expected.best.epoch);
        CHECK(stored.events.named("warning").empty());
        // 14 training pictures; the validation pictures are the same 16, so two more rows.
        CHECK(rows_below(folder.path()) == 16);

        StoredRun again;
        again.pipeline = pixels.pipeline;
        again.options.backbone_norm = true;
        again.samples.broken = {3, 7};
        again.go(folder.path());
        require_equal(losses_of(again.events), losses_of(pixels.events));
        CHECK(rows_below(folder.path()) == 16);
        CHECK(again.events.named("features").front().at("rows") == 16);
        CHECK(bytes_of(*again.model) == bytes_of(*stored.model));
    }
}

// Proves: rows are those of the weights that the prefix has now: a phase that froze what another trained has
// a table of its own, and so has other code.
TEST_CASE("each state of the prefix has its own rows") {
    ToyRun pixels;
    pixels.pipeline.train.phases = {toy_phase(1, {"backbone"}), toy_phase(1, {}), toy_phase(1, {"backbone"})};
    pixels.go();
    const TemporaryFolder folder;
    StoredRun stored;
    stored.pipeline = pixels.pipeline;
    stored.go(folder.path());
    require_equal(losses_of(stored.events), losses_of(pixels.events));
    CHECK(features::list_tables(folder.path()).size() == 2);
    CHECK(stored.events.named("features").size() == 2);  // the phase in the middle freezes nothing
    StoredRun other;
    other.pipeline.train.phases = {toy_phase(1, {"backbone"})};
    other.code = "two";
    other.go(folder.path());
    CHECK(features::list_tables(folder.path()).size() == 3);
}

TEST_CASE("a store that is full keeps what fits, says so once, and changes no result") {
    ToyRun pixels;
    pixels.pipeline = toy_pipeline(3);
    pixels.pipeline.train.phases = {toy_phase(3, {"backbone"})};
    pixels.go();
    const TemporaryFolder folder;
    StoredRun stored;
    stored.pipeline = pixels.pipeline;
    stored.limit = 1000;  // some rows of 64 bytes and their entries
    stored.go(folder.path());
    require_equal(losses_of(stored.events), losses_of(pixels.events));
    const auto warnings = stored.events.named("warning");
    REQUIRE(warnings.size() == 2);  // training and validation
    CHECK(warnings.front().at("text").get<std::string>().find("features.limit") != std::string::npos);
    const auto tables = features::list_tables(folder.path());
    REQUIRE(tables.size() == 1);
    CHECK(tables.front().bytes <= 1000);
    CHECK(tables.front().rows() > 0);
}

namespace {

/// Every picture another one in every epoch.
const std::vector<pipeline::Augment> moves = {{"rotate", {20}, {}}, {"color", {0.3}, {}}};

/// Training losses without a store, where nothing but the draws of each epoch tells it from the others.
std::vector<double> losses_from_pixels(std::int64_t epochs) {
    ToyRun pixels;
    pixels.pipeline = toy_pipeline(epochs);
    pixels.pipeline.train.phases = {toy_phase(epochs, {"backbone"})};
    pixels.samples.augment = moves;
    pixels.go();
    return losses_of(pixels.events);
}

struct RunWithViews : StoredRun {
    RunWithViews(const data::KeptViews& kept, std::int64_t epochs) {
        pipeline = toy_pipeline(epochs);
        pipeline.train.phases = {toy_phase(epochs, {"backbone"})};
        samples.augment = moves;
        views = kept;
    }
};

}  // namespace

// Proves: view v is the augmentation that epoch v + 1 would have drawn, cold and warm; a picture has as many
// rows as views, and those of the validation stay apart.
TEST_CASE("augmented views are drawn as the epochs would have drawn them, and kept") {
    const std::vector<double> expected = losses_from_pixels(3);
    const TemporaryFolder folder;
    for (const std::uint64_t rows_before : {0, 48}) {
        RunWithViews stored({3, 0}, 3);
        stored.go(folder.path());
        require_equal(losses_of(stored.events), expected);
        const auto told = stored.events.named("features");
        REQUIRE(told.size() == 2);
        CHECK(told[1].at("views") == true);
        CHECK(told[1].at("rows") == rows_before);
        CHECK(rows_below(folder.path()) == 16 + 3 * 16);
    }
}

// Proves: views come round again, and after `redraw` epochs there are others, each generation in a table of
// its own; those that nobody reads go when the limit needs it.
TEST_CASE("views are seen in turn and redrawn") {
    const data::KeptViews views{2, 4};
    std::vector<std::int64_t> drawn;
    std::vector<std::int64_t> generations;
    for (std::int64_t epoch = 1; epoch <= 9; ++epoch) {
        drawn.push_back(views.drawn_epoch(epoch));
        generations.push_back(views.generation(epoch));
    }
    CHECK(drawn == std::vector<std::int64_t>{1, 2, 1, 2, 3, 4, 3, 4, 5});
    CHECK(generations == std::vector<std::int64_t>{0, 0, 0, 0, 1, 1, 1, 1, 2});
    CHECK(data::KeptViews{}.drawn_epoch(7) == 7);

    const TemporaryFolder folder;
    RunWithViews(views, 9).go(folder.path());
    CHECK(features::list_tables(folder.path()).size() == 4);
    CHECK(rows_below(folder.path()) == 16 + (2 + 2 + 1) * 16);

    const TemporaryFolder small;
    RunWithViews bounded(views, 9);
    bounded.limit = (16 + 3 * 16) * (64 + 40);  // a generation, the validation, and half a generation
    bounded.go(small.path());
    CHECK(bounded.events.named("warning").empty());
    std::uint64_t bytes = 0;
    for (const features::TableInfo& table : features::list_tables(small.path())) {
        bytes += table.bytes;
    }
    CHECK(bytes <= bounded.limit);
}

// Proves: half the bytes, in a table of their own; the losses stay within what eleven bits leave of a
// feature, and a warm run learns the very same as a cold one.
TEST_CASE("features are kept as float16 where that is asked for") {
    ToyRun pixels;
    pixels.pipeline = toy_pipeline(3);
    pixels.pipeline.train.phases = {toy_phase(3, {"backbone.stem"})};
    pixels.go();
    const TemporaryFolder folder;
    StoredRun whole;
    whole.pipeline = pixels.pipeline;
    whole.go(folder.path());
    StoredRun half;
    half.pipeline = pixels.pipeline;
    half.precision = "float16";
    half.go(folder.path());
    const auto tables = features::list_tables(folder.path());
    REQUIRE(tables.size() == 2);
    CHECK(half.events.named("features").front().at("row_bytes") ==
          whole.events.named("features").front().at("row_bytes").get<std::size_t>() / 2);
    const auto losses = losses_of(half.events);
    const auto expected = losses_of(pixels.events);
    CHECK(losses != expected);
    for (std::size_t epoch = 0; epoch < losses.size(); ++epoch) {
        CHECK(losses[epoch] == doctest::Approx(expected[epoch]).epsilon(1e-3));
    }
    StoredRun warm;
    warm.pipeline = pixels.pipeline;
    warm.precision = "float16";
    warm.go(folder.path());
    CHECK(losses_of(warm.events) == losses);
    CHECK(bytes_of(*warm.model) == bytes_of(*half.model));
}

// Proves: a row belongs to the draw, not to the epoch: two mirrorings of a picture are all there are.
TEST_CASE("equal views share a row") {
    const TemporaryFolder folder;
    RunWithViews stored({6, 0}, 6);
    stored.samples.augment = {{"flip", {0.5}, {}}};
    stored.go(folder.path());
    CHECK(rows_below(folder.path()) > 16 + 16);
    CHECK(rows_below(folder.path()) <= 16 + 2 * 16);
}

TEST_CASE("rows hold maps, tokens and vectors, each in its place") {
    data::StoredFeatures features;
    features.taps[{0, true}] = at::rand({3, 5});
    features.taps[{1, false}] = at::rand({3, 4, 2, 6}).contiguous(at::MemoryFormat::ChannelsLast);
    features.taps[{2, false}] = at::rand({3, 7, 2});
    features.cut = {3, at::rand({3, 2, 3, 3})};
    const auto layout = train::layout_of(features);
    REQUIRE(layout.has_value());
    at::Tensor rows = train::pack(features, *layout);
    CHECK(rows.sizes() == at::IntArrayRef({3, static_cast<std::int64_t>(layout->bytes())}));
    const data::StoredFeatures back = train::unpack(rows, *layout);
    for (const auto& [tap, feature] : features.taps) {
        CHECK(at::equal(back.taps.at(tap), feature));
    }
    CHECK(at::equal(back.cut.feature, features.cut.feature));
    CHECK(back.cut.stages == 3);
    CHECK(back.taps.at({1, false}).is_contiguous(at::MemoryFormat::ChannelsLast));

    const auto halves = train::layout_of(features, at::kHalf);
    REQUIRE(halves.has_value());
    CHECK(halves->bytes() < layout->bytes());
    CHECK(halves->bytes() >= layout->bytes() / 2);
    rows = train::pack(features, *halves);
    CHECK_FALSE(train::reaches_limit(rows, *halves));
    const data::StoredFeatures rounded = train::unpack(rows, *halves);
    CHECK(at::equal(rounded.cut.feature, features.cut.feature.to(at::kHalf).to(at::kFloat)));
    CHECK(at::equal(rounded.taps.at({0, true}), features.taps.at({0, true}).to(at::kHalf).to(at::kFloat)));
    features.cut.feature[1][0][0][0] = -1e6;
    rows = train::pack(features, *halves);
    CHECK(train::reaches_limit(rows, *halves));
    CHECK_FALSE(train::reaches_limit(train::pack(features, *layout), *layout));
    CHECK(train::unpack(rows, *halves).cut.feature[1][0][0][0].item<float>() == -65504);
    features.cut.feature = features.cut.feature.to(at::kHalf);
    CHECK_FALSE(train::layout_of(features).has_value());
}

}  // namespace graft::test
