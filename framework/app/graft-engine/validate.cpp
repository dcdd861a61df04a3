// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "command.hpp"
#include "composition.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "device.hpp"
#include "fetching.hpp"
#include "jobs/run_files.hpp"
#include "loaders.hpp"
#include "model/weights.hpp"
#include "pipeline/expansion.hpp"
#include "pipeline/needs.hpp"
#include "train/computation.hpp"

namespace graft::engine {
namespace {

using core::Json;

/// What was looked at for one pipeline and serves the others.
struct SharedFindings {
    std::map<std::string, pipeline::Expansion> files;  ///< by the file and its `--set`
    std::map<std::string, at::Device> devices;
    std::set<std::string> weights;                         ///< by the backbone's section
    std::map<std::size_t, model::BackboneShapes> trained;  ///< by the pipeline's number, where others want it
    std::set<std::string> composed;                        ///< essences of pipelines that can begin
};

/// What of a section has no part in composing: `read_train` alone tells whether it is right.
void forget_course(pipeline::Node* section) {
    for (const char* key : {"epochs", "optimizer", "schedule", "early_stop"}) {
        if (section != nullptr && section->is_map()) {
            section->erase(key);
        }
    }
}

/// All that composing and loading depend on: of pipelines that differ elsewhere one is composed.
std::string essence(pipeline::Node document, const Json& request) {
    for (const char* key : {"name", "needs", "priority", "time_limit", "stall_limit"}) {
        document.erase(key);
    }
    pipeline::Node* train = document.find("train");
    forget_course(train);
    pipeline::Node* phases = train != nullptr && train->is_map() ? train->find("phases") : nullptr;
    if (phases != nullptr && phases->is_list()) {
        for (pipeline::Node& phase : phases->items) {
            forget_course(&phase);
        }
    }
    return pipeline::emit(document) + core::json_text(request.value("weights_of_job", Json()));
}

/// A file with many variations is read once.
pipeline::Node document_of(const Json& request, SharedFindings& findings) {
    pipeline::LoadRequest asked = asked_pipeline(request);
    const std::string key = core::json_text(Json{asked.file.string(), asked.sets});
    auto file = findings.files.find(key);
    if (file == findings.files.end()) {
        file = findings.files.emplace(key, pipeline::Expansion(asked)).first;
    }
    pipeline::Node document = file->second.document(asked.variation.value_or(0));
    const std::string run = request.value("weights_of", std::string());
    if (!run.empty() && std::filesystem::exists(jobs::run_file(run, jobs::run_files::model))) {
        pipeline::settle_needs(document, run);  // that job has ended
    }
    return document;
}

/// The weights of other jobs are not there yet; what their pipelines tell of them is.
void check_weights(const CommandContext& context, const Json& request, Composition& made,
                   SharedFindings& findings) {
    if (pipeline::names_job(made.pipeline.backbone.weights)) {
        core::Problems problems;
        // Not of one that is itself refused, nor of one that has begun already.
        const Json job = request.value("weights_of_job", Json());
        const auto trained =
            job.is_number() ? findings.trained.find(job.get<std::size_t>()) : findings.trained.end();
        if (trained != findings.trained.end()) {
            model::check_weights_of_job(made.model, made.pipeline.backbone, trained->second, problems);
        }
        core::throw_if_any(core::Category::pipeline, problems);
        return;
    }
    const std::string weights = pipeline::emit(made.pipeline.backbone.use.section);
    if (!findings.weights.contains(weights)) {
        model::load_weights(made.model, made.pipeline.backbone, fetch_control(context));
        findings.weights.insert(weights);
    }
}

/// All that a run does before it makes its folder.
void prepare(const CommandContext& context, const Json& request, std::size_t number,
             SharedFindings& findings) {
    const pipeline::Node document = document_of(request, findings);
    const std::string file = request.value("pipeline", std::string());
    core::Problems problems;
    pipeline::interpret(document, file, problems);
    const std::string key = problems.empty() ? essence(document, request) : "";
    const bool trains_for_others = request.value("trains_for_others", false);
    if (findings.composed.contains(key) && !trains_for_others) {
        return;
    }
    Composition made = compose(context, document, file);
    const std::string& device = made.pipeline.train.device;
    const bool elsewhere = context.request.value("elsewhere", false);
    if (!elsewhere && !findings.devices.contains(device)) {
        findings.devices.emplace(device, take_device(context.resources, device));
    }
    if (!elsewhere) {
        train::check_precision(findings.devices.at(device), made.pipeline.train);
    }
    const Loaders loaders = open_loaders(made, 1, at::kCPU);
    balance_losses(made, loaders, nullptr);
    check_weights(context, request, made, findings);
    if (trains_for_others) {
        findings.trained[number] = model::backbone_shapes(made.model);
    }
    findings.composed.insert(key);
}

}  // namespace

int validate(CommandContext& context) {
    Json problems = Json::array();
    SharedFindings findings;
    const Json pipelines = context.request.value("pipelines", Json::array());
    for (std::size_t index = 0; index < pipelines.size() && !context.stop; ++index) {
        try {
            prepare(context, pipelines[index], index, findings);
        } catch (const core::Failure& failure) {
            problems.push_back({{"pipeline", index},
                                {"category", static_cast<int>(failure.category())},
                                {"text", failure.what()}});
        }
    }
    if (context.stop) {
        return core::exit_interrupted;
    }
    context.events.emit({"result", {{"problems", problems}}});
    return 0;
}

}  // namespace graft::engine
