// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "composition.hpp"
#include "core/problem.hpp"
#include "device.hpp"
#include "embedding.hpp"
#include "fetching.hpp"
#include "jobs/run_files.hpp"
#include "kept_features.hpp"
#include "left_out.hpp"
#include "loaders.hpp"
#include "model/freeze.hpp"
#include "model/weights.hpp"
#include "run_data.hpp"
#include "schema.hpp"
#include "train/backend.hpp"
#include "trained_model.hpp"

namespace graft::engine {
namespace {

namespace fs = std::filesystem;
using core::Json;

/// A model and the samples that it is shown, split by split.
struct Shown {
    pipeline::Pipeline pipeline;
    std::unique_ptr<plugin::Registry> registry;
    model::Model model;
    bool is_trained = false;
    std::vector<std::pair<std::string, data::Subset>> splits;
};

/// The one that is asked for; all that have samples where none is.
std::vector<std::pair<std::string, data::Subset>> chosen(data::Splits splits, const std::string& wanted) {
    std::vector<std::pair<std::string, data::Subset>> all;
    for (auto& [name, subset] : {std::pair<std::string, data::Subset*>{"train", &splits.train},
                                 {"val", &splits.val},
                                 {"test", &splits.test}}) {
        if (!subset->indices.empty() && (wanted.empty() || wanted == name)) {
            all.emplace_back(name, std::move(*subset));
        }
    }
    if (all.empty()) {
        throw core::Failure(core::Category::pipeline,
                            fmt::format("there is no split '{}', or it has no samples", wanted),
                            "allowed: train, val, test");
    }
    return all;
}

Shown of_run(CommandContext& context, const std::string& run) {
    Shown shown;
    shown.pipeline = read_run_pipeline(context, run);
    shown.registry = open_registry(context, shown.pipeline.plugins);
    shown.model = open_model(context, run, *shown.registry);
    shown.is_trained = true;
    const RunData data = find_run_data(context, shown.pipeline, *shown.registry);
    if (data.replaced) {
        shown.splits.emplace_back("", choose_subset(data, shown.model, context.text("split")));
    } else {
        shown.splits = chosen(open_splits(data.pipeline, data.component, data.options, shown.model),
                              context.text("split"));
    }
    return shown;
}

/// The backbone as its weights are; the heads know nothing yet.
Shown of_pipeline(CommandContext& context, const std::string& file) {
    std::vector<std::string> sets = context.texts("sets");
    const std::string root = context.text("data");
    if (!root.empty()) {
        sets.push_back("data.root=" + root);
    }
    Composition made = compose(context, {file, sets, pipeline::process_environment()});
    model::load_weights(made.model, made.pipeline.backbone, fetch_control(context));
    model::set_mode(made.model, {}, false);
    Shown shown;
    if (root.empty()) {
        shown.splits = chosen(open_splits(made.pipeline, made.dataset, made.dataset_options, made.model),
                              context.text("split"));
    } else {
        shown.splits.emplace_back(
            "", data::all_of(open_dataset(made.dataset, made.dataset_options, context.text("split"),
                                          made.model, made.pipeline.data.use.place)));
    }
    shown.pipeline = std::move(made.pipeline);
    shown.registry = std::move(made.registry);
    shown.model = std::move(made.model);
    return shown;
}

/// What lies there already may be somebody's only copy.
void check_out(const CommandContext& context) {
    const fs::path out = context.text("out");
    std::error_code error;
    const bool is_there = fs::is_directory(out, error) ? !fs::is_empty(out, error) : fs::exists(out, error);
    if (is_there && !context.flag("force")) {
        throw core::Failure(core::Category::pipeline, fmt::format("'{}' is there already", out.string()),
                            "--force replaces what is there; --out names another place");
    }
}

bool is_safetensors(const std::string& out) {
    return fs::path(out).extension() == ".safetensors";
}

/// False when it was interrupted.
bool gather(CommandContext& context, const Shown& shown, const Place& place, const at::Device& device,
            Embedding& embedding, Json& skipped) {
    const data::LoaderOptions options =
        reading_options(shown.model, shown.pipeline, context.resources, device);
    for (const auto& [name, subset] : shown.splits) {
        data::Loader loader(subset, options);
        KeptFeatures features(shown.pipeline, shown.model, *shown.registry, loader, device, context.events,
                              [&](std::size_t stages) { return serves(shown.model, place, stages); });
        features.source().start(1);
        while (const auto batch = context.stop ? nullptr : features.source().next()) {
            embedding.add(*batch, name);
        }
        if (context.stop) {
            return false;
        }
        add_problems(subset, skipped);
        add_skipped(loader, skipped);
        loader.check_bad_images(shown.pipeline.data.bad_images);
    }
    return true;
}

}  // namespace

int embed(CommandContext& context) {
    check_out(context);
    const std::string run = context.text("run");
    Shown shown =
        run.empty() ? of_pipeline(context, context.text("pipeline")) : of_run(context, jobs::find_run(run));
    const at::Device device = take_device(context.resources, shown.pipeline.train.device);
    shown.model.to(device);
    train::set_precision(shown.model, shown.pipeline.train);
    const Place place = place_of(shown.model, context.text("stage"), !context.flag("unpooled"));
    Embedding embedding(shown.model, in_frame(shown.model.schema(), shown.pipeline.data), place,
                        shown.is_trained, device);
    Json skipped = Json::array();
    if (!gather(context, shown, place, device, embedding, skipped)) {
        return core::exit_interrupted;
    }
    if (embedding.ids().empty()) {
        throw core::Failure(core::Category::data, "there is no sample to look at");
    }
    warn_left_out(context, skipped, "");
    const std::string out = context.text("out");
    const std::vector<NamedArray> arrays = embedding.arrays();
    std::vector<std::string> files{out};
    if (is_safetensors(out)) {
        write_safetensors(out, embedding, arrays);
    } else {
        files = write_folder(out, embedding, arrays);
    }
    context.events.emit({"result",
                         {{"samples", embedding.ids().size()},
                          {"stage", shown.model.backbone().stages()[place.stage].name},
                          {"features", arrays.front().values.sizes().vec()},
                          {"files", files},
                          {"skipped", skipped}}});
    return 0;
}

}  // namespace graft::engine
