// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "command.hpp"
#include "composition.hpp"
#include "core/files.hpp"
#include "core/problem.hpp"
#include "data/sampler.hpp"
#include "device.hpp"
#include "fetching.hpp"
#include "inference.hpp"
#include "picture.hpp"
#include "run_folder.hpp"
#include "train/trainer.hpp"

namespace graft::engine {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Json;

/// The splits' loaders and what is told of them.
struct Loaders {
    data::Splits splits;
    std::unique_ptr<data::Loader> train;
    std::unique_ptr<data::Loader> val;
};

int loader_threads(const pipeline::Train& train) {
    if (train.threads > 0) {
        return static_cast<int>(train.threads);
    }
    return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 16);
}

Loaders open_loaders(const Composition& made) {
    const pipeline::Data& data = made.pipeline.data;
    Loaders loaders;
    loaders.splits = data::make_splits(
        data.split,
        [&](const std::string& split) {
            return open_dataset(made.dataset, made.dataset_options, split, made.model, data.use.place);
        },
        made.schema);
    data::LoaderOptions options;
    options.preprocess = made.model.preprocess;
    options.targets = made.schema;
    options.batch = made.pipeline.train.batch;
    options.seed = made.pipeline.seed;
    options.threads = loader_threads(made.pipeline.train);
    if (!loaders.splits.val.indices.empty()) {
        loaders.val = std::make_unique<data::Loader>(loaders.splits.val, options);
    }
    options.augment = data.augment;
    options.sampler = data::make_sampler(made.pipeline.train.sampler, loaders.splits.train, made.schema,
                                         made.pipeline.seed);
    loaders.train = std::make_unique<data::Loader>(loaders.splits.train, options);
    return loaders;
}

void add_problems(const data::Subset& subset, Json& list) {
    if (!subset.dataset) {
        return;
    }
    for (const DataProblem& problem : subset.dataset.problems()) {
        const Json entry = {{"file", problem.place}, {"reason", problem.message}, {"sample", problem.record}};
        if (std::find(list.begin(), list.end(), entry) == list.end()) {
            list.push_back(entry);
        }
    }
}

/// Files that were left out: what the data sets refused and what could not be decoded.
Json left_out(const Loaders& loaders) {
    Json list = Json::array();
    add_problems(loaders.splits.train, list);
    add_problems(loaders.splits.val, list);
    for (const data::Loader* loader : {loaders.train.get(), loaders.val.get()}) {
        if (loader != nullptr) {
            for (const data::Skipped& skipped : loader->skipped()) {
                list.push_back({{"file", skipped.id}, {"reason", skipped.reason}, {"sample", true}});
            }
        }
    }
    return list;
}

/// Names the first few, so that nothing is left out in silence; `where` tells of the others.
void warn_left_out(const CommandContext& context, const Json& list, const std::string& where) {
    if (list.empty()) {
        return;
    }
    std::string text =
        fmt::format("{} {} left out{}:", list.size(), list.size() == 1 ? "file was" : "files were", where);
    for (std::size_t index = 0; index < std::min<std::size_t>(list.size(), 3); ++index) {
        text += fmt::format("\n  {}: {}", list[index]["file"].get<std::string>(),
                            list[index]["reason"].get<std::string>());
    }
    context.warn(text);
}

/// {"points": {"known":..,"outside":..}} a target of points, over all that a loader handed out.
Json point_counts(const data::Loader& loader) {
    Json counts = Json::object();
    for (const auto& [target, count] : loader.places()) {
        if (count.known > 0) {
            counts[target] = {{"known", count.known}, {"outside", count.outside}};
        }
    }
    return counts;
}

/// Points that lie beside the inputs are rarely wanted in numbers.
void warn_points_outside(const CommandContext& context, const data::Loader& loader) {
    constexpr double worth_a_warning = 0.05;
    for (const auto& [target, count] : loader.places()) {
        if (static_cast<double>(count.outside) > worth_a_warning * static_cast<double>(count.known)) {
            context.warn(
                fmt::format("{} of {} training points of '{}' lay outside the input after resizing and "
                            "augmentation; a smaller rotate, scale or translate, or resize: pad, keeps "
                            "them in",
                            count.outside, count.known, target));
        }
    }
}

Json versions(const Composition& made) {
    Json plugins = Json::array();
    const auto add = [&](const std::string& kind, const std::string& id, const std::string& version) {
        const auto* file = made.registry->catalog().find(kind, id);
        plugins.push_back({{"kind", kind},
                           {"id", id},
                           {"version", version},
                           {"file", file != nullptr ? file->path.string() : ""}});
    };
    add("dataset", made.dataset.id(), made.dataset.version());
    add("backbone", made.model.backbone_id, made.model.backbone_version);
    for (const model::HeadPart& head : made.model.heads) {
        add("head", head.id, head.version);
        for (const model::LossPart& loss : head.losses) {
            add("loss", loss.id, loss.version);
        }
    }
    return {{"graft", GRAFT_VERSION}, {"stamp", plugin::host_stamp()}, {"plugins", plugins}};
}

/// A few validation pictures with prediction beside truth: RUN/predictions.png.
void picture_of_validation(const Composition& made, const data::Subset& subset, const std::string& path,
                           const at::Device& device) {
    constexpr std::size_t count = 12;
    std::vector<data::Prepared> pictures;
    std::vector<Tile> tiles;
    const auto total = subset.indices.size();
    for (std::size_t at = 0; at < std::min(count, total); ++at) {
        const std::int64_t index = subset.indices[at * total / std::min(count, total)];
        Tile tile;
        try {
            data::Prepared picture = data::prepare(subset.dataset.image(index), made.model.preprocess);
            tile.truth = truth_of(made.model, subset.dataset.targets(index), picture.motion);
            pictures.push_back(std::move(picture));
        } catch (const core::Failure& failure) {
            if (failure.category() != Category::data) {
                throw;
            }
            continue;  // skipped, counted and named by the loader already
        }
        tile.name = subset.dataset.id(index);
        tile.original = pictures.back().original;
        tiles.push_back(std::move(tile));
    }
    if (tiles.empty()) {
        return;
    }
    const auto predictions = infer(made.model, pictures, device);
    for (std::size_t index = 0; index < tiles.size(); ++index) {
        tiles[index].prediction = predictions[index];
    }
    write_sheet(tiles, made.pipeline.name + ": predictions on validation pictures", path);
}

class Run {
public:
    Run(CommandContext& context, Composition& made)
        : context_(context), made_(made), device_(choose_device(made.pipeline.train.device)) {}

    int go(const std::string& resumed) {
        loaders_ = open_loaders(made_);
        made_.model.to(device_);
        if (context_.flag("dry_run")) {
            return dry_run();
        }
        if (resumed.empty()) {
            loaded_ = model::load_weights(made_.model, made_.pipeline.backbone, fetch_control(context_));
        }
        RunFolder folder(resumed.empty() ? context_.text("out") : resumed, made_.pipeline, !resumed.empty());
        core::EventFan events;
        events.add(folder);
        events.add(context_.events);
        try {
            begin(folder, events);
            return finish(folder, train::train(request(folder, events, resumed)));
        } catch (const core::Failure& failure) {
            fail(folder, failure.what());
            throw;
        } catch (const std::exception& error) {
            fail(folder, error.what());
            throw;
        }
    }

private:
    int dry_run() {
        const Json result =
            train::dry_run(made_.model, *loaders_.train, loaders_.val.get(), device_, made_.pipeline);
        for (const std::string& note : notes()) {
            context_.warn(note);
        }
        warn_left_out(context_, left_out(loaders_), "");
        context_.events.emit({"result", {{"status", "dry run"}, {"dry_run", result}}});
        return 0;
    }

    std::vector<std::string> notes() const {
        std::vector<std::string> all = notes_of(made_);
        all.insert(all.end(), loaders_.splits.notes.begin(), loaders_.splits.notes.end());
        return all;
    }

    void begin(RunFolder& folder, core::EventSink& events) {
        const model::Freezing& freezing = made_.freezing.front();
        const auto val_size = loaders_.val ? loaders_.val->size() : 0;
        std::int64_t epochs = 0;
        for (const pipeline::Phase& phase : made_.pipeline.train.phases) {
            epochs += phase.epochs;
        }
        folder.set("name", made_.pipeline.name);
        folder.set("parameters",
                   {{"total", freezing.total_parameters}, {"trainable", freezing.trainable_parameters}});
        folder.set("versions", versions(made_));
        folder.set("device", device_.str());
        folder.set("threads", at::get_num_threads());
        folder.set("seed", made_.pipeline.seed);
        folder.set(
            "data",
            {{"train",
              {{"samples", loaders_.train->size()},
               {"fingerprint", data::fingerprint(loaders_.splits.train, made_.schema)}}},
             {"val",
              {{"samples", val_size},
               {"fingerprint", val_size > 0 ? data::fingerprint(loaders_.splits.val, made_.schema) : ""}}}});
        folder.set("skipped", left_out(loaders_));
        if (!loaded_.file.empty()) {
            folder.set("weights", model::to_json(loaded_));
        }
        folder.save("running");
        events.emit({"started",
                     {{"name", made_.pipeline.name},
                      {"folder", folder.path()},
                      {"device", device_.str()},
                      {"parameters", folder.record()["parameters"]},
                      {"samples", {{"train", loaders_.train->size()}, {"val", val_size}}},
                      {"epochs", epochs}}});
        if (!loaded_.file.empty()) {
            events.emit({"weights", model::to_json(loaded_)});
        }
        for (const std::string& note : notes()) {
            events.emit({"warning", {{"text", note}}});
        }
        if (made_.pipeline.backbone.weights == "none" && freezing.frozen_stages > 0) {
            events.emit({"warning",
                         {{"text",
                           "the frozen stages of the backbone have random weights (weights: none): "
                           "features of noise; name weights, or freeze nothing"}}});
        }
    }

    train::TrainRequest request(RunFolder& folder, core::EventSink& events, const std::string& resumed) {
        return {made_.pipeline,
                made_.model,
                *loaders_.train,
                loaders_.val.get(),
                device_,
                folder.path(),
                events,
                context_.stop,
                resumed.empty() ? "" : folder.file("checkpoints/last")};
    }

    int finish(RunFolder& folder, const train::TrainResult& result) {
        const Json skipped = left_out(loaders_);
        folder.set("best", result.best);
        folder.set("final", result.final_epoch);
        folder.set("freeze_proof", result.freeze_proof);
        folder.set("skipped", skipped);
        folder.set("content", {{"train", loaders_.train->content()},
                               {"val", loaders_.val ? loaders_.val->content() : ""}});
        folder.set("checkpointed_epochs",
                   result.final_epoch.is_object() ? result.final_epoch.value("epoch", std::int64_t{0}) : 0);
        warn_left_out(context_, skipped, " (all are named in run.json)");
        folder.set("points", {{"train", point_counts(*loaders_.train)},
                              {"val", loaders_.val ? point_counts(*loaders_.val) : Json::object()}});
        warn_points_outside(context_, *loaders_.train);
        if (result.interrupted) {
            tell_result(folder, "interrupted");
            return core::exit_interrupted;
        }
        if (result.best_evaluation) {
            const train::Evaluation& best = *result.best_evaluation;
            core::write_atomically(folder.file("evaluation.json"), train::to_json(best).dump(2) + "\n");
            folder.set("units", train::units_to_json(best.scores));
        }
        if (loaders_.val) {
            picture_of_validation(made_, loaders_.splits.val, folder.file("predictions.png"), device_);
        }
        tell_result(folder, "finished");
        return 0;
    }

    void tell_result(RunFolder& folder, const std::string& status) {
        Json result = folder.save(status);
        result["folder"] = folder.path();
        context_.events.emit({"result", result});
    }

    void fail(RunFolder& folder, const std::string& text) {
        folder.set("error", text);
        folder.save("failed");
        try {
            folder.set("skipped", left_out(loaders_));
            folder.save("failed");
        } catch (const core::Failure&) {
            return;  // a data set that failed may fail again; the first failure is the one to tell
        }
    }

    CommandContext& context_;
    Composition& made_;
    at::Device device_;
    Loaders loaders_;
    model::LoadReport loaded_;
};

}  // namespace

int run(CommandContext& context) {
    const std::string resumed = context.text("resume").empty() ? "" : find_run(context.text("resume"));
    const std::string file = resumed.empty() ? context.text("pipeline") : resumed + "/pipeline.yaml";
    Composition made = compose(context, file, context.texts("sets"));
    return Run(context, made).go(resumed);
}

}  // namespace graft::engine
