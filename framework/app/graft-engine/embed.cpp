// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "core/problem.hpp"
#include "device.hpp"
#include "doing.hpp"
#include "embedding.hpp"
#include "jobs/run_files.hpp"
#include "kept_features.hpp"
#include "left_out.hpp"
#include "loaders.hpp"
#include "schema.hpp"
#include "shown.hpp"
#include "train/computation.hpp"

namespace graft::engine {
namespace {

namespace fs = std::filesystem;
using core::Json;

/// What lies there already may be somebody's only copy.
void check_embedding_out(const CommandContext& context) {
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
bool gather(CommandContext& context, const Shown& shown, const EmbeddedStage& place, const at::Device& device,
            Embedding& embedding, Json& skipped) {
    const data::LoaderOptions options =
        reading_options(shown.model, shown.pipeline, context.resources, device);
    for (const auto& [name, subset] : shown.splits) {
        data::Loader loader(subset, options);
        KeptFeatures features(shown.pipeline, shown.model, *shown.registry, loader, device, context.events,
                              [&](std::size_t stages) { return serves(shown.model, place, stages); });
        Doing doing(context.events, name.empty() ? "samples" : "samples of " + name, loader.size());
        const std::size_t before = embedding.ids().size();
        features.source().start(1);
        while (const auto batch = context.stop ? nullptr : features.source().next()) {
            embedding.add(*batch, name);
            doing.tell(static_cast<std::int64_t>(embedding.ids().size() - before));
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
    check_embedding_out(context);
    const std::string run = context.text("run");
    Shown shown = run.empty() ? shown_by_pipeline(context, context.text("pipeline"))
                              : shown_by_run(context, jobs::find_run(run));
    const at::Device device = take_device(context.resources, shown.pipeline.train.device);
    shown.model.to(device);
    train::set_precision(shown.model, shown.pipeline.train);
    const EmbeddedStage place = place_of(shown.model, context.text("stage"), !context.flag("unpooled"));
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
