// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "shown.hpp"

#include <fmt/format.h>

#include "composition.hpp"
#include "core/problem.hpp"
#include "fetching.hpp"
#include "model/freeze.hpp"
#include "model/weights.hpp"
#include "run_data.hpp"
#include "trained_model.hpp"

namespace graft::engine {
namespace {

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

}  // namespace

Shown shown_by_run(CommandContext& context, const std::string& run) {
    Shown shown;
    shown.pipeline = read_run_pipeline(context, run);
    shown.registry = open_run_registry(context, run);
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

Shown shown_by_pipeline(CommandContext& context, const std::string& file) {
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
        data::Splits splits = open_splits(made.pipeline, made.dataset, made.dataset_options, made.model);
        for (const std::string& note : splits.notes) {
            context.warn(note);
        }
        shown.splits = chosen(std::move(splits), context.text("split"));
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

}  // namespace graft::engine
