// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <ATen/Parallel.h>

#include "catalog/catalog.hpp"
#include "command.hpp"
#include "composition.hpp"
#include "core/clock.hpp"
#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/profile.hpp"
#include "device.hpp"
#include "epoch_pictures.hpp"
#include "fetching.hpp"
#include "install/run_plugins.hpp"
#include "jobs/run_files.hpp"
#include "learnt.hpp"
#include "loaders.hpp"
#include "model/describe.hpp"
#include "model/weights.hpp"
#include "notes.hpp"
#include "pipeline/needs.hpp"
#include "pipeline/outputs.hpp"
#include "report/tensorboard.hpp"
#include "resumption.hpp"
#include "run_features.hpp"
#include "run_folder.hpp"
#include "tensor_blocks.hpp"
#include "train/computation.hpp"
#include "train/monitor.hpp"
#include "train/store.hpp"
#include "train/trainer.hpp"
#include "validation_picture.hpp"

namespace graft::engine {
namespace {

namespace run_files = jobs::run_files;
using core::Json;

/// Copies what graft does not come with into the run's folder.
Json carry_plugins(const Json& plugins, const std::string& run) {
    std::error_code error;
    const auto own = std::filesystem::canonical(catalog::plugin_folders({}, {}).back(), error);
    std::vector<std::filesystem::path> files;
    for (const Json& plugin : plugins) {
        const std::filesystem::path file = plugin.value("file", std::string());
        const auto real = std::filesystem::canonical(file, error);
        if (!error && real.parent_path() != own &&
            std::find(files.begin(), files.end(), file) == files.end()) {
            files.push_back(file);
        }
    }
    return install::carry(files, run);
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
    add("backbone", made.model.backbone_id(), made.model.backbone_version());
    for (const model::HeadPart& head : made.model.heads()) {
        add("head", head.id, head.version);
        for (const model::LossPart& loss : head.losses) {
            add("loss", loss.id, loss.version);
        }
    }
    return {{"graft", GRAFT_VERSION}, {"stamp", catalog::host_stamp()}, {"plugins", plugins}};
}

/// Tells of the pictures when all of them were read: after the first epoch, not at the end of days.
class PictureNotes : public core::EventSink {
public:
    PictureNotes(const Composition& made, const Loaders& loaders, core::EventSink& events)
        : made_(made), loaders_(loaders), events_(events) {}

    void emit(const core::Event& event) override {
        if (event.name == "epoch" && !told_) {
            told_ = true;
            warn_of_pictures(*loaders_.train, made_.model, made_.pipeline.data, events_);
            tell_of_decoded(loaders_, events_);
        }
    }

private:
    const Composition& made_;
    const Loaders& loaders_;
    core::EventSink& events_;
    bool told_ = false;
};

class Run {
public:
    Run(CommandContext& context, Composition& made)
        : context_(context),
          made_(made),
          outputs_(outputs_of(made.pipeline)),
          device_(take_device(context.resources, made.pipeline.train.device)) {}

    int go(const std::string& resumed) {
        constexpr double seconds_between_signs = 10;
        profile_.on_work(seconds_between_signs, [this] { context_.events.emit({"working"}); });
        const core::Profile::Here here(&profile_);
        train::prepare_computation(device_, made_.pipeline.train);
        train::set_precision(made_.model, made_.pipeline.train);
        if (made_.pipeline.train.recompute) {
            made_.model.recompute(true);
            use_tensor_blocks();
        }
        loaders_ =
            open_loaders(made_, loader_threads(context_.resources, made_.pipeline.train.threads), device_);
        if (!resumed.empty()) {
            require_same_corrections(resumed, loaders_.splits.corrections);
        }
        class_weights_ = balance_losses(made_, loaders_, recorded_class_weights(resumed));
        made_.model.to(device_);
        if (context_.flag("dry_run")) {
            return dry_run();
        }
        // A run that was killed before its first checkpoint begins again.
        const std::string checkpoint = resumed.empty() ? "" : train::checkpoint_to_resume(resumed).string();
        if (checkpoint.empty()) {
            loaded_ = model::load_weights(made_.model, made_.pipeline.backbone, fetch_control(context_));
        }
        if (context_.stop) {
            return core::exit_interrupted;
        }
        RunFolder folder(resumed.empty() ? context_.text("out") : resumed, made_.pipeline, !resumed.empty());
        context_.events.emit({"folder", {{"folder", folder.path()}}});
        core::EventFan events;
        events.add(folder);
        events.add(context_.events);
        PictureNotes picture_notes(made_, loaders_, events);
        events.add(picture_notes);
        try {
            if (outputs_.tensorboard) {
                events.add(tensorboard_.emplace(folder.path(), made_.pipeline.document, core::wall_seconds));
                if (loaders_.val) {
                    events.add(epoch_pictures_.emplace(made_, loaders_.splits.val, *tensorboard_));
                }
            }
            begin(folder, events);
            RunFeatures features(made_, loaders_, device_, events);
            profile_.add(core::Work::start_up, core::seconds_of_process());
            return finish(folder, train::train(request(folder, events, features, checkpoint)));
        } catch (const core::Failure& failure) {
            fail(folder, failure.what());
            throw;
        } catch (const std::exception& error) {
            fail(folder, error.what());
            throw;
        }
    }

private:
    static pipeline::Outputs outputs_of(const pipeline::Pipeline& pipeline) {
        core::Problems found_before;  // by interpret
        return pipeline::outputs_of(pipeline.document, found_before);
    }

    /// Those of the run that goes on, so that it goes on with the same; null for a new one.
    static Json recorded_class_weights(const std::string& resumed) {
        const std::string file = resumed.empty() ? "" : jobs::run_file(resumed, run_files::record);
        if (file.empty() || !std::filesystem::exists(file)) {
            return nullptr;
        }
        const Json record = core::parse_json_or_discard(core::read_file(file));
        return record.is_object() ? record.value("class_weights", Json()) : Json();
    }

    int dry_run() {
        loaded_ = model::load_weights(made_.model, made_.pipeline.backbone, fetch_control(context_));
        tell_weights(context_.events);
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
        const auto classes = data::notes_of_classes(loaders_.classes, made_.schema);
        all.insert(all.end(), classes.begin(), classes.end());
        const std::string precision = train::precision_note(device_, made_.pipeline.train);
        if (!precision.empty()) {
            all.push_back(precision);
        }
        return all;
    }

    void begin(RunFolder& folder, core::EventSink& events) {
        const auto val_size = loaders_.val ? loaders_.val->size() : 0;
        const Json classes = classes_to_json(loaders_.classes, made_.schema);
        std::int64_t epochs = 0;
        for (const pipeline::Phase& phase : made_.pipeline.train.phases) {
            epochs += phase.epochs;
        }
        folder.set("name", made_.pipeline.name);
        folder.set("parameters", model::parameters_json(made_.freezing));
        folder.set("versions", versions(made_));
        if (outputs_.plugins) {
            Json carried = carry_plugins(folder.record()["versions"]["plugins"], folder.path());
            if (!carried.empty() || folder.record().contains(install::carried_plugins)) {
                folder.set(install::carried_plugins, std::move(carried));
            }
        }
        folder.set("device", device_.str());
        folder.set("threads", at::get_num_threads());
        folder.set("precision", made_.pipeline.train.precision);
        folder.set("seed", made_.pipeline.seed);
        const train::Monitor monitor = train::find_monitor(made_.model, made_.pipeline.train);
        folder.set("monitor",
                   {{"name", monitor.text()},
                    {"better", monitor.direction == Direction::higher_is_better ? "higher" : "lower"}});
        Json data = {
            {"train",
             {{"samples", loaders_.train->size()},
              {"fingerprint", data::fingerprint(loaders_.splits.train, made_.schema)}}},
            {"val",
             {{"samples", val_size},
              {"fingerprint", val_size > 0 ? data::fingerprint(loaders_.splits.val, made_.schema) : ""}}},
            {"classes", classes}};
        if (!loaders_.splits.corrections.empty()) {
            data["corrections"] = data::to_json(loaders_.splits.corrections);
        }
        folder.set("data", data);
        if (!class_weights_.empty()) {
            folder.set("class_weights", class_weights_);
        }
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
                      {"epochs", epochs},
                      {"classes", classes}}});
        tell_weights(events);
        for (const std::string& note : notes()) {
            events.emit({"warning", {{"text", note}}});
        }
    }

    void tell_weights(core::EventSink& events) const {
        if (!loaded_.file.empty()) {
            events.emit({"weights", model::to_json(loaded_)});
        }
    }

    train::TrainRequest request(RunFolder& folder, core::EventSink& events, RunFeatures& features,
                                const std::string& checkpoint) {
        return {made_.pipeline,
                made_.model,
                features.train(),
                features.val(),
                device_,
                folder.path(),
                events,
                context_.stop,
                checkpoint,
                [&features](const model::Freezing& freezing) { features.phase_begins(freezing); },
                prediction_listener()};
    }

    train::PredictionListener prediction_listener() {
        if (!epoch_pictures_) {
            return {};
        }
        return [this](const data::Batch& batch, const std::vector<std::vector<at::Tensor>>& predictions) {
            epoch_pictures_->hear(batch, predictions);
        };
    }

    int finish(RunFolder& folder, const train::TrainResult& result) {
        std::optional<core::Timed> writing(core::Work::writing);
        const Json skipped = left_out(loaders_);
        folder.set("best", train::to_json(result.best));
        Json monitor = folder.record()["monitor"];
        monitor["best"] = result.best_value ? Json(*result.best_value) : Json();
        folder.set("monitor", monitor);
        folder.set("final", train::to_json(result.final_epoch));
        folder.set("freeze_proof", train::to_json(result.freeze_proof));
        if (!result.solved.empty()) {
            folder.set("solved", result.solved);
        }
        folder.set("skipped", skipped);
        folder.set("content", {{"train", loaders_.train->content()},
                               {"val", loaders_.val ? loaders_.val->content() : ""}});
        warn_left_out(context_, skipped, " (all are named in run.json)");
        folder.set("points", {{"train", point_counts(*loaders_.train)},
                              {"val", loaders_.val ? point_counts(*loaders_.val) : Json::object()}});
        warn_points_outside(context_, *loaders_.train);
        if (result.interrupted) {
            writing.reset();
            tell_result(folder, "interrupted");
            return core::exit_interrupted;
        }
        if (result.best_evaluation) {
            const train::Evaluation& best = *result.best_evaluation;
            core::write_atomically(folder.file(run_files::evaluation),
                                   core::json_text(train::to_json(best), 2) + "\n");
            folder.set("units", train::units_to_json(best.scores));
        }
        if (loaders_.val) {
            record_baselines(context_, made_.model, loaders_, folder);
            lettering::Lettering lettering;
            picture_of_validation(made_, loaders_.splits.val, folder.file(run_files::validation_picture),
                                  device_, lettering);
            for (const std::string& note : lettering.notes()) {
                context_.warn(note);
            }
        }
        finish_tensorboard(folder, result);
        writing.reset();
        tell_result(folder, "finished");
        return 0;
    }

    void finish_tensorboard(const RunFolder& folder, const train::TrainResult& result) {
        const std::string picture = folder.file(run_files::validation_picture);
        if (tensorboard_ && std::filesystem::exists(picture)) {
            tensorboard_->add_picture("predictions", picture, result.best.epoch);
        }
        if (tensorboard_) {
            tensorboard_->finish(true);
        }
    }

    void tell_result(RunFolder& folder, const std::string& status) {
        folder.set("profile", profile_.to_json(core::seconds_of_process()));
        Json result = folder.save(status);
        result["folder"] = folder.path();
        if (const std::uint64_t memory = peak_memory(device_); memory > 0) {
            result["peak_memory"] = memory;
        }
        context_.events.emit({"result", result});
    }

    /// A disk that is full, or a data set that failed, may fail again: the first failure is the one to tell.
    void fail(RunFolder& folder, const std::string& text) {
        folder.set("error", text);
        try {
            folder.save("failed");
            folder.set("skipped", left_out(loaders_));
            folder.save("failed");
            if (tensorboard_) {
                tensorboard_->finish(false);
            }
        } catch (const core::Failure&) {
            return;
        }
    }

    CommandContext& context_;
    Composition& made_;
    pipeline::Outputs outputs_;
    at::Device device_;
    core::Profile profile_;  // outlives the loaders' threads
    Loaders loaders_;
    Json class_weights_;  ///< of losses that the pipeline calls balanced
    model::LoadReport loaded_;
    std::optional<report::TensorBoard> tensorboard_;  ///< where the pipeline wants it
    std::optional<EpochPictures> epoch_pictures_;     ///< likewise
};

/// Whoever worked in a run's folder may be about to save and end: its host was killed. False: a signal came
/// first.
bool await_folder(const std::string& run, const CommandContext& context) {
    while (core::FolderLock::is_taken(run) && !context.stop) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return !context.stop;
}

}  // namespace

int run(CommandContext& context) {
    const std::string resumed =
        context.text("resume").empty() ? "" : jobs::find_run_to_resume(context.text("resume"));
    if (context.flag("wait") && !resumed.empty() && !await_folder(resumed, context)) {
        return core::exit_interrupted;
    }
    if (!resumed.empty()) {
        Json finished = begin_resumption(resumed, context.texts("sets"));
        if (finished.is_object()) {
            finished["folder"] = resumed;
            finished["nothing_to_do"] = true;
            context.events.emit({"result", finished});
            return 0;
        }
    }
    pipeline::LoadRequest request = asked_pipeline(context.request);
    if (!resumed.empty()) {
        request.file = jobs::run_file(resumed, run_files::pipeline);
    }
    pipeline::Node document = pipeline::load_document(request);
    if (context.flag("dry_run")) {
        pipeline::forget_needs(document);
    } else if (!context.text("weights_of").empty()) {
        pipeline::settle_needs(document, context.text("weights_of"));
    }
    Composition made = compose(context, document, request.file.string());
    return Run(context, made).go(resumed);
}

}  // namespace graft::engine
