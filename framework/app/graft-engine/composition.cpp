// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "composition.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "catalog/catalog.hpp"
#include "core/problem.hpp"
#include "data/sampler.hpp"
#include "missing_data.hpp"
#include "model/compose.hpp"
#include "schedule/run_files.hpp"
#include "target/kind.hpp"
#include "train/monitor.hpp"

namespace graft::engine {
namespace {

using core::Category;
using core::Failure;
using core::Problems;

bool is_any_spatial(const std::vector<TargetSchema>& schema) {
    return std::any_of(schema.begin(), schema.end(), [](const TargetSchema& target) {
        return target::kind_of(target).is_spatial();
    });
}

/// The schema of the training split. What stops it is kept, so that the rest of the pipeline is checked
/// all the same.
bool read_schema(Composition& made, Problems& problems, std::unique_ptr<Failure>& stopped) {
    const pipeline::Use& use = made.pipeline.data.use;
    made.dataset = made.registry->find("dataset", use.id, use.place, problems);
    if (!made.dataset) {
        return false;
    }
    const std::size_t before = problems.size();
    made.dataset_options = pipeline::read_options(use, "dataset", made.dataset.options(use.place), problems);
    if (problems.size() > before) {
        return false;
    }
    const pipeline::SplitRule& split = made.pipeline.data.split;
    try {
        made.schema =
            made.dataset.schema(made.dataset_options, split.by_fraction ? "" : split.train, use.place);
    } catch (const Failure& failure) {
        stopped = std::make_unique<Failure>(with_data_page(failure, made.dataset_options));
        return false;
    }
    std::vector<std::string> wrong = target::schema_problems(made.schema);
    for (const TargetSchema& target : made.schema) {
        if (wrong.empty() && target::kind_of(target).is_only_predicted()) {
            wrong.push_back(fmt::format("target '{}' is an {}, which is only predicted", target.name,
                                        target::kind_name(target.kind)));
        }
    }
    Problems faults;
    for (const std::string& problem : wrong) {
        faults.push_back({use.place, fmt::format("dataset '{}': {}", use.id, problem),
                          "this is a fault of the plugin; tell its author"});
    }
    core::throw_if_any(Category::plugin, faults);
    if (made.pipeline.data.orientation && !is_any_spatial(made.schema)) {
        problems.push_back({made.pipeline.data.orientation_place,
                            "'data.orientation' has no effect: the data set has no points, boxes or masks",
                            "remove it"});
    }
    made.schema = in_frame(std::move(made.schema), made.pipeline.data);
    return true;
}

/// What can be said of a component when the whole cannot be composed.
void check_use(Composition& made, const std::string& kind, const pipeline::Use& use, Problems& problems) {
    if (use.id.empty()) {
        return;
    }
    if (const auto component = made.registry->find(kind, use.id, use.place, problems)) {
        pipeline::read_options(use, kind, component.options(use.place), problems);
    }
}

void check_parts(Composition& made, Problems& problems) {
    check_use(made, "backbone", made.pipeline.backbone.use, problems);
    for (const pipeline::Head& head : made.pipeline.heads) {
        check_use(made, "head", head.use, problems);
        for (const pipeline::Loss& loss : head.losses) {
            if (loss.use) {
                check_use(made, "loss", *loss.use, problems);
            }
        }
    }
}

bool is_whole(const Composition& made) {
    return static_cast<bool>(made.model.backbone()) &&
           made.model.heads().size() == made.pipeline.heads.size() &&
           std::all_of(made.model.heads().begin(), made.model.heads().end(),
                       [](const model::HeadPart& head) { return static_cast<bool>(head.head); });
}

void compose_model(Composition& made, Problems& problems) {
    made.model = model::compose({made.pipeline, *made.registry, made.schema}, problems);
    if (!is_whole(made)) {
        return;
    }
    for (const pipeline::Phase& phase : made.pipeline.train.phases) {
        made.freezing.push_back(model::plan_freeze(made.model, phase, problems));
    }
    train::check_monitor(made.model, made.pipeline.train, problems);
    data::sampler_target(made.pipeline.train.sampler, made.schema, problems);
}

}  // namespace

std::unique_ptr<plugin::Registry> open_registry(const CommandContext& context,
                                                const std::vector<std::string>& pipeline_folders) {
    catalog::Catalog catalog(catalog::plugin_folders(context.texts("plugin_dirs"), pipeline_folders),
                             plugin::host_stamp());
    core::throw_if_any(Category::plugin, catalog.problems());
    auto registry = std::make_unique<plugin::Registry>(std::move(catalog));
    tell_of_loading(*registry, context.events);
    return registry;
}

std::unique_ptr<plugin::Registry> open_run_registry(const CommandContext& context, const std::string& run) {
    const std::string file = schedule::run_file(run, schedule::run_files::pipeline);
    if (!std::filesystem::exists(file)) {
        return open_registry(context, {});  // a model that came without its run
    }
    // model.json describes the model: only the folders are used here, and other keys may be outdated.
    Problems ignored;
    const pipeline::Node document = pipeline::load_document({file, {}, {}});
    return open_registry(context, pipeline::interpret(document, file, ignored).plugins);
}

void tell_of_loading(plugin::Registry& registry, core::EventSink& events) {
    const auto tell = [&events](const char* event) {
        return [&events, event](const std::filesystem::path& path) {
            events.emit({event, {{"path", path.string()}}});
        };
    };
    registry.on_loading(tell("loading"), tell("loaded"));
}

Composition compose(const CommandContext& context, const std::string& pipeline_file,
                    const std::vector<std::string>& sets) {
    Composition made;
    Problems problems;
    const pipeline::Node document =
        pipeline::load_document({pipeline_file, sets, pipeline::process_environment()});
    made.pipeline = pipeline::interpret(document, pipeline_file, problems);
    made.registry = open_registry(context, made.pipeline.plugins);
    std::unique_ptr<Failure> stopped;
    if (made.pipeline.data.use.id.empty() || !read_schema(made, problems, stopped)) {
        check_parts(made, problems);
    } else {
        compose_model(made, problems);
    }
    if (stopped && problems.empty()) {
        throw Failure(*stopped);
    }
    core::throw_if_any(Category::pipeline, problems);
    return made;
}

std::vector<TargetSchema> used_targets(const model::Model& model) {
    std::vector<TargetSchema> used;
    for (std::size_t index = 0; index < model.schema().size(); ++index) {
        if (std::any_of(model.heads().begin(), model.heads().end(), [&](const model::HeadPart& head) {
                return std::find(head.targets.begin(), head.targets.end(), index) != head.targets.end();
            })) {
            used.push_back(model.schema()[index]);
        }
    }
    return used;
}

std::vector<TargetSchema> in_frame(std::vector<TargetSchema> schema, const pipeline::Data& data) {
    for (TargetSchema& target : schema) {
        if (data.orientation && target::kind_of(target).is_spatial()) {
            target.frame = *data.orientation;
        }
    }
    return schema;
}

std::vector<std::string> notes_of(const Composition& made) {
    const bool crops = made.model.preprocess().resize == pipeline::Resize::crop;
    const auto& augment = made.pipeline.data.augment;
    const bool moves = std::any_of(augment.begin(), augment.end(),
                                   [](const pipeline::Augment& entry) { return entry.name != "color"; });
    const bool flips = std::any_of(augment.begin(), augment.end(), [](const pipeline::Augment& entry) {
        return entry.name == "flip" && entry.values.at(0) > 0;
    });
    std::vector<std::string> notes;
    for (const TargetSchema& target : used_targets(made.model)) {
        const target::Kind& kind = target::kind_of(target);
        for (const std::string& note : {moves || crops ? kind.note_when_moved(target) : "",
                                        flips ? kind.note_when_flipped(target) : ""}) {
            if (!note.empty()) {
                notes.push_back(note);
            }
        }
    }
    return notes;
}

plugin::DatasetHandle open_dataset(const plugin::ComponentHandle& component, const Options& options,
                                   const std::string& split, const model::Model& model,
                                   const core::Place& place) {
    try {
        return plugin::DatasetHandle::create(
            component, options, {split, model.schema(), model.preprocess().height, model.preprocess().width},
            place);
    } catch (const Failure& failure) {
        throw with_data_page(failure, options);
    }
}

}  // namespace graft::engine
