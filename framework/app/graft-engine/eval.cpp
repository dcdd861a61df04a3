// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <string>

#include <fmt/format.h>

#include "command.hpp"
#include "composition.hpp"
#include "device.hpp"
#include "jobs/run_files.hpp"
#include "kept_features.hpp"
#include "left_out.hpp"
#include "loaders.hpp"
#include "run_data.hpp"
#include "train/computation.hpp"
#include "train/evaluation.hpp"
#include "trained_model.hpp"

namespace graft::engine {

using core::Json;

int evaluate(CommandContext& context) {
    const std::string run = jobs::find_run(context.text("run"));
    const pipeline::Pipeline pipeline = read_run_pipeline(context, run);
    auto registry = open_run_registry(context, run);
    model::Model model = open_model(context, run, *registry);
    const at::Device device = take_device(context.resources, pipeline.train.device);
    model.to(device);
    train::set_precision(model, pipeline.train);
    for (const std::string& loss : model.absent_losses()) {
        context.warn(fmt::format("the plugin of the loss '{}' is not there: `loss` leaves it out", loss));
    }
    const RunData chosen = find_run_data(context, pipeline, *registry);
    const data::Subset subset = choose_subset(chosen, model, context.text("split"));
    const data::LoaderOptions options = reading_options(model, pipeline, context.resources, device);
    data::Loader loader(subset, options);
    KeptFeatures features(pipeline, model, *registry, loader, device, context.events);
    const train::Evaluation result = train::evaluate(model, features.source(), device, model.kept_stages());
    Json skipped = Json::array();
    add_problems(subset, skipped);
    add_skipped(loader, skipped);
    loader.check_bad_images(pipeline.data.bad_images);
    warn_of_pictures(loader, model, pipeline.data, context.events);
    warn_left_out(context, skipped, "");
    Json report = train::to_json(result);
    report["skipped"] = skipped;
    context.events.emit({"result", report});
    return 0;
}

}  // namespace graft::engine
