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
    std::string code = "one";
    Listener events;
    TemporaryFolder folder;
    std::atomic<bool> stop{false};
    std::unique_ptr<model::Model> model;

    train::TrainResult go(const std::filesystem::path& store_folder) {
        model = toy_model(options);
        const auto train_loader = toy_loader(samples, pipeline.train.batch, true);
        const auto val_loader = toy_loader({}, pipeline.train.batch, false);
        features::Store store(store_folder, limit);
        const auto warn = [&](const std::string& text) { events.emit({"warning", {{"text", text}}}); };
        train::StoredSource train(*train_loader, *model, at::kCPU, store, warn);
        train::StoredSource val(*val_loader, *model, at::kCPU, store, warn);
        train::FeatureReuse reuse(*model, at::kCPU, store, code, events);
        reuse.add(train);
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

TEST_CASE("rows hold maps, tokens and vectors, each in its place") {
    data::StoredFeatures features;
    features.taps[{0, true}] = at::rand({3, 5});
    features.taps[{1, false}] = at::rand({3, 4, 2, 6}).contiguous(at::MemoryFormat::ChannelsLast);
    features.taps[{2, false}] = at::rand({3, 7, 2});
    features.cut = {3, at::rand({3, 2, 3, 3})};
    const auto layout = train::layout_of(features);
    REQUIRE(layout.has_value());
    at::Tensor rows = at::zeros({5, static_cast<std::int64_t>(layout->bytes())}, at::kByte);
    train::pack(features, *layout, {4, 0, 2}, rows);
    const data::StoredFeatures back = train::unpack(rows, *layout);
    const at::Tensor places = at::tensor(std::vector<std::int64_t>{4, 0, 2});
    for (const auto& [tap, feature] : features.taps) {
        CHECK(at::equal(back.taps.at(tap).index_select(0, places), feature));
    }
    CHECK(at::equal(back.cut.feature.index_select(0, places), features.cut.feature));
    CHECK(back.cut.stages == 3);
    CHECK(back.taps.at({1, false}).is_contiguous(at::MemoryFormat::ChannelsLast));
    features.cut.feature = features.cut.feature.to(at::kHalf);
    CHECK_FALSE(train::layout_of(features).has_value());
}

}  // namespace graft::test
