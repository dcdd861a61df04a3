// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "composition.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "catalog/catalog.hpp"
#include "core/problem.hpp"
#include "data/amount.hpp"
#include "data/sampler.hpp"
#include "install/run_plugins.hpp"
#include "jobs/job.hpp"
#include "jobs/run_files.hpp"
#include "missing_data.hpp"
#include "model/compose.hpp"
#include "schema.hpp"
#include "shape_trace.hpp"
#include "train/monitor.hpp"
#include "train/solve_plan.hpp"

namespace graft::engine {
namespace {

using core::Category;
using core::Failure;
using core::Problems;

/// What can be said of a component when the whole cannot be composed.
void check_use(Composition& made, const std::string& kind, const pipeline::Use& use, Problems& problems) {
    if (use.id.empty()) {
        return;
    }
    if (const auto component = made.registry->find(kind, use.id, use.place, problems)) {
        pipeline::read_options(use, kind, component.options(use.place), problems);
    }
}

/// The parts of a head that can be looked at alone.
void check_heads(Composition& made, Problems& problems) {
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

/// The entries of `freeze` that can be judged by what there is of the model: a wrong one is no less wrong
/// where a head has mistakes of its own.
pipeline::Phase judgeable(const pipeline::Phase& phase, const model::Model& model) {
    pipeline::Phase part = phase;
    part.freeze.clear();
    part.freeze_places.clear();
    const auto below = [](const std::string& entry, const std::string& root) {
        return entry == root || entry.starts_with(root + ".");
    };
    for (std::size_t index = 0; index < phase.freeze.size(); ++index) {
        const std::string& entry = phase.freeze[index];
        if (below(entry, "backbone") ||
            std::any_of(model.heads().begin(), model.heads().end(),
                        [&](const model::HeadPart& head) { return below(entry, "heads." + head.name); })) {
            part.freeze.push_back(entry);
            part.freeze_places.push_back(phase.freeze_places.at(index));
        }
    }
    return part;
}

void check_freezing(const Composition& made, const model::Model& model, Problems& problems) {
    for (const pipeline::Phase& phase : made.pipeline.train.phases) {
        if (model.backbone()) {
            model::plan_freeze(model, judgeable(phase, model), problems);
        }
    }
}

/// What can be checked when nobody knows the data set's targets.
void check_parts(Composition& made, Problems& problems) {
    pipeline::Pipeline alone = made.pipeline;
    alone.heads.clear();
    check_freezing(made, model::compose({alone, *made.registry, {}}, problems), problems);
    check_heads(made, problems);
}

void compose_model(Composition& made, Problems& problems) {
    made.freezing.clear();
    made.model = model::compose({made.pipeline, *made.registry, made.schema}, problems);
    data::sampler_target(made.pipeline.train.sampler, made.schema, problems);
    if (!is_whole(made)) {
        check_freezing(made, made.model, problems);
        return;
    }
    for (const pipeline::Phase& phase : made.pipeline.train.phases) {
        made.freezing.push_back(model::plan_freeze(made.model, phase, problems));
    }
    train::check_monitor(made.model, made.pipeline.train, problems);
    train::check_solve(made.model, made.pipeline.train, problems);
}

/// With placeholders for what the data alone tell. What is wrong with one number of them and not with another
/// is no mistake of the pipeline.
void compose_without_data(Composition& made, const std::vector<TargetSchema>& outline, Problems& problems) {
    Problems of_three;
    made.schema = with_placeholders(outline, 3);
    compose_model(made, of_three);
    Problems of_two;
    made.schema = with_placeholders(outline, 2);
    compose_model(made, of_two);
    std::copy_if(of_two.begin(), of_two.end(), std::back_inserter(problems),
                 [&](const core::Problem& problem) {
                     return std::find(of_three.begin(), of_three.end(), problem) != of_three.end();
                 });
}

/// As much as what is known of the targets allows.
void compose_from(Composition& made, const SchemaRead& read, Problems& problems) {
    if (read.has_data) {
        compose_model(made, problems);
    } else if (read.outline) {
        compose_without_data(made, *read.outline, problems);
    } else {
        check_parts(made, problems);
    }
}

/// Tells of the shapes that go through the model as it is put together, where `--trace-shapes` asks for that.
std::unique_ptr<ShapeTrace> asked_trace(const CommandContext& context) {
    if (!context.flag("trace_shapes")) {
        return nullptr;
    }
    return std::make_unique<ShapeTrace>(
        [&context, last = std::string()](const TracedOperator& traced) mutable {
            const std::string call = traced.call == last ? "" : traced.call;
            last = traced.call;
            context.events.emit({"shapes", {{"call", call}, {"text", traced.text}}});
        });
}

/// What broke the pass off, with all that was found before. Mistakes of the pipeline are mended first.
[[noreturn]] void throw_together(const Failure& failure, Problems problems) {
    const bool mistaken = !problems.empty() && failure.category() == Category::data;
    problems.insert(problems.end(), failure.problems().begin(), failure.problems().end());
    throw Failure(mistaken ? Category::pipeline : failure.category(), problems);
}

/// The run whose pipeline.yaml a file is; empty: none.
std::string run_of(const std::filesystem::path& file) {
    std::error_code error;
    const std::filesystem::path folder = file.parent_path().empty() ? "." : file.parent_path();
    const bool is_of_run = file.filename() == jobs::run_files::pipeline &&
                           std::filesystem::exists(folder / jobs::run_files::record, error);
    return is_of_run ? folder.string() : "";
}

/// Whether a pipeline uses a component, as far as it says; each output has a loss, whether it says so or not.
install::RunPlugins::IsNeeded used_by(const pipeline::Pipeline& pipeline) {
    std::set<std::pair<std::string, std::string>> used = {{"dataset", pipeline.data.use.id},
                                                          {"backbone", pipeline.backbone.use.id}};
    for (const pipeline::Head& head : pipeline.heads) {
        used.emplace("head", head.use.id);
    }
    return [used](const std::string& kind, const std::string& id) {
        return kind == "loss" || used.contains({kind, id});
    };
}

/// The plugins of the folders searched. Of a run (empty: there is none) also those that it carries, where the
/// request trusts it; else what is needed must be on this machine. Throws Failure(plugin).
std::unique_ptr<plugin::Registry> open_registry_with(const CommandContext& context,
                                                     const std::vector<std::string>& pipeline_folders,
                                                     const std::string& run,
                                                     const install::RunPlugins::IsNeeded& is_needed) {
    std::vector<std::filesystem::path> folders =
        catalog::plugin_folders(context.texts("plugin_dirs"), pipeline_folders);
    catalog::Catalog catalog(folders, catalog::host_stamp());
    core::throw_if_any(Category::plugin, catalog.problems());
    const install::RunPlugins carried(run);
    if (!context.flag(jobs::trust_run_plugins)) {
        carried.require(catalog, is_needed, "--trust-run-plugins loads it");
    } else if (carried.empty()) {
        context.warn(run.empty()
                         ? "--trust-run-plugins does nothing: this is no pipeline of a run"
                         : fmt::format("--trust-run-plugins does nothing: '{}' carries no plugins", run));
    } else {
        std::vector<std::string> notes;
        folders.insert(folders.begin(), carried.trusted(catalog, notes));
        catalog = catalog::Catalog(folders, catalog::host_stamp());
        for (const std::string& note : notes) {
            context.warn(note);
        }
    }
    auto registry = std::make_unique<plugin::Registry>(std::move(catalog));
    tell_of_loading(*registry, context.events);
    return registry;
}

}  // namespace

std::unique_ptr<plugin::Registry> open_registry(const CommandContext& context,
                                                const std::vector<std::string>& pipeline_folders) {
    return open_registry_with(context, pipeline_folders, "",
                              [](const std::string&, const std::string&) { return false; });
}

std::unique_ptr<plugin::Registry> open_run_registry(const CommandContext& context, const std::string& run) {
    const std::string command = context.text("command");
    const bool reads_data = (command != "predict" && command != "export") || !context.texts("sets").empty();
    const auto is_needed = [reads_data](const std::string& kind, const std::string&) {
        return kind != "loss" && (kind != "dataset" || reads_data);  // a loss that is not there is left out
    };
    const std::string file = jobs::run_file(run, jobs::run_files::pipeline);
    if (!std::filesystem::exists(file)) {
        return open_registry_with(context, {}, run, is_needed);  // a model that came without its pipeline
    }
    // model.json describes the model: only the folders are used here, and other keys may be outdated.
    Problems ignored;
    const pipeline::Node document = pipeline::load_document({file, {}, {}});
    return open_registry_with(context, pipeline::interpret(document, file, ignored).plugins, run, is_needed);
}

void tell_of_loading(plugin::Registry& registry, core::EventSink& events) {
    const auto tell = [&events](const char* event) {
        return [&events, event](const std::filesystem::path& path) {
            events.emit({event, {{"path", path.string()}}});
        };
    };
    registry.on_loading(tell("loading"), tell("loaded"));
}

pipeline::LoadRequest asked_pipeline(const core::Json& request) {
    pipeline::LoadRequest asked = {request.value("pipeline", std::string()),
                                   request.value("sets", std::vector<std::string>()),
                                   pipeline::process_environment()};
    if (request.contains("variation")) {
        asked.variation = request["variation"].get<std::size_t>();
    }
    return asked;
}

Composition compose(const CommandContext& context, const pipeline::LoadRequest& request,
                    NeedsData needs_data) {
    return compose(context, pipeline::load_document(request), request.file.string(), needs_data);
}

Composition compose(const CommandContext& context, const pipeline::Node& document, const std::string& file,
                    NeedsData needs_data) {
    const std::unique_ptr<ShapeTrace> shapes = asked_trace(context);
    Composition made;
    Problems problems;
    made.pipeline = pipeline::interpret(document, file, problems);
    made.registry = open_registry_with(context, made.pipeline.plugins, run_of(file), used_by(made.pipeline));
    std::unique_ptr<Failure> stopped;
    try {
        const SchemaRead read = read_schema(made, problems);
        stopped = read.stopped ? std::make_unique<Failure>(*read.stopped) : nullptr;
        compose_from(made, read, problems);
    } catch (const Failure& failure) {
        throw_together(failure, problems);
    }
    const bool only_data = stopped && stopped->category() == Category::data && problems.empty();
    if (only_data && is_whole(made) && needs_data == NeedsData::no) {
        made.without_data = stopped->what();
    } else if (stopped) {
        throw_together(*stopped, problems);
    }
    core::throw_if_any(Category::pipeline, problems);
    return made;
}

data::Splits open_splits(const pipeline::Pipeline& pipeline, const plugin::ComponentHandle& dataset,
                         const Options& options, const model::Model& model) {
    const auto open = [&](const std::string& name) {
        return open_dataset(dataset, options, name, model, pipeline.data.use.place);
    };
    data::Splits splits = data::make_splits(pipeline.data.split, open, model.schema());
    data::correct_splits(splits, pipeline.data, model.schema());
    data::limit_splits(splits, pipeline.data, pipeline.seed, model.schema());
    return splits;
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
