// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "command.hpp"
#include "composition.hpp"
#include "core/files.hpp"
#include "core/problem.hpp"
#include "device.hpp"
#include "left_out.hpp"
#include "loaders.hpp"
#include "model/save.hpp"
#include "schedule/run_files.hpp"
#include "train/evaluation.hpp"

namespace graft::engine {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;
using core::Json;

/// The data set of the run, as the run recorded it, or with another root.
struct DatasetChoice {
    plugin::ComponentHandle component;
    Options options;
    core::Place place;
};

/// The data set's folder becomes another.
void replace_root(const pipeline::Use& use, const OptionTable& table, const std::string& root,
                  Options& options) {
    const bool declared =
        std::any_of(table.begin(), table.end(), [](const OptionSpec& spec) { return spec.name == "root"; });
    if (!declared) {
        throw Failure(Category::pipeline,
                      fmt::format("--data names a folder, but the data set {} has no option 'root'", use.id),
                      "leave --data out");
    }
    auto values = options.values();
    values["root"] = root;
    options = Options(std::move(values));
}

DatasetChoice choose_dataset(const pipeline::Pipeline& pipeline, plugin::Registry& registry,
                             const std::string& root) {
    core::Problems problems;
    const pipeline::Use& use = pipeline.data.use;
    DatasetChoice chosen{registry.find("dataset", use.id, use.place, problems), {}, use.place};
    core::throw_if_any(Category::plugin, problems);
    const OptionTable table = chosen.component.options(use.place);
    chosen.options = pipeline::read_options(use, "dataset", table, problems);
    if (!root.empty()) {
        replace_root(use, table, root, chosen.options);
    }
    core::throw_if_any(Category::pipeline, problems);
    return chosen;
}

data::Subset choose_subset(const pipeline::Pipeline& pipeline, const DatasetChoice& chosen,
                           const model::Model& model, const std::string& root, const std::string& split) {
    const auto open = [&](const std::string& name) {
        return open_dataset(chosen.component, chosen.options, name, model, chosen.place);
    };
    if (!root.empty() || (pipeline.data.split.by_fraction && split == "all")) {
        return data::all_of(open(root.empty() ? "" : split));
    }
    const data::Splits splits = data::make_splits(pipeline.data.split, open, model.schema());
    const std::string wanted = split.empty() ? "val" : split;
    for (const auto& [name, subset] :
         {std::pair{"train", &splits.train}, {"val", &splits.val}, {"test", &splits.test}}) {
        if (wanted == name && !subset->indices.empty()) {
            return *subset;
        }
    }
    throw Failure(Category::pipeline, "the run has no split '" + wanted + "'",
                  "its splits: train, val, test as data.split names them");
}

}  // namespace

int evaluate(CommandContext& context) {
    const std::string run = schedule::find_run(context.text("run"));
    core::Problems problems;
    const std::string file = schedule::run_file(run, schedule::run_files::pipeline);
    const pipeline::Pipeline pipeline =
        pipeline::interpret(pipeline::load_document({file, {}, {}}), file, problems);
    core::throw_if_any(Category::pipeline, problems);
    auto registry = open_registry(context, pipeline.plugins);
    model::Model model = model::load_model(schedule::run_file(run, schedule::run_files::model), *registry);
    const at::Device device = take_device(context.resources, pipeline.train.device);
    model.to(device);
    for (const std::string& loss : model.absent_losses()) {
        context.warn(fmt::format("the plugin of the loss '{}' is not there: `loss` leaves it out", loss));
    }
    const DatasetChoice chosen = choose_dataset(pipeline, *registry, context.text("data"));
    const data::Subset subset =
        choose_subset(pipeline, chosen, model, context.text("data"), context.text("split"));
    data::LoaderOptions options;
    options.preprocess = model.preprocess();
    options.targets = in_frame(model.schema(), pipeline.data);
    options.batch = pipeline.train.batch;
    options.threads = loader_threads(context.resources, pipeline.train.threads);
    data::Loader loader(subset, options);
    const train::Evaluation result = train::evaluate(model, loader, device);
    Json skipped = Json::array();
    add_problems(subset, skipped);
    add_skipped(loader, skipped);
    loader.check_bad_images(pipeline.data.bad_images);
    warn_of_pictures(loader, model, pipeline.data, context.events);
    Json report = train::to_json(result);
    report["skipped"] = skipped;
    context.events.emit({"result", report});
    return 0;
}

}  // namespace graft::engine
