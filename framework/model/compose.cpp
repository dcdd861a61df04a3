// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// From a pipeline to a model: the backbone, its input, and the order of it all. Heads: compose_head.cpp.
#include <algorithm>
#include <filesystem>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/hash.hpp"
#include "core/names.hpp"
#include "model/backbone_part.hpp"
#include "model/compose.hpp"
#include "model/compose_head.hpp"
#include "model/record.hpp"
#include "pipeline/needs.hpp"

namespace graft::model {
namespace {

/// A word that is no file and looks like none: it must be an id of the catalogue.
bool looks_like_id(const std::string& weights) {
    std::error_code error;
    return !pipeline::names_job(weights) && weights.find('/') == std::string::npos &&
           weights.find('.') == std::string::npos && !std::filesystem::exists(weights, error);
}

/// Published files keep their name, which ends with the hash's first digits: "resnet18-f37072fd.pth".
bool is_file_of(const std::filesystem::path& file, const WeightEntry& entry) {
    return file.filename() == entry.file_name || file.stem().string().ends_with("-" + entry.sha256_prefix);
}

/// The catalogue's entry that `weights:` names, by its id or by its file, or null.
const WeightEntry* choose_weights(const pipeline::Backbone& backbone,
                                  const std::vector<WeightEntry>& catalogue, core::Problems& problems) {
    std::vector<std::string> ids{"none"};
    for (const WeightEntry& entry : catalogue) {
        if (entry.id == backbone.weights || is_file_of(backbone.weights, entry)) {
            return &entry;
        }
        ids.push_back(entry.id);
    }
    if (backbone.weights != "none" && looks_like_id(backbone.weights)) {
        const std::string hint = core::suggest(backbone.weights, ids);
        problems.push_back({backbone.weights_place,
                            fmt::format("{} has no weights '{}', and there is no such file", backbone.use.id,
                                        backbone.weights),
                            hint + "; or name a weight file"});
    }
    return nullptr;
}

pipeline::Interpolation interpolation_of(const std::string& name) {
    return name == "bicubic" ? pipeline::Interpolation::bicubic : pipeline::Interpolation::bilinear;
}

/// The preprocessing that belongs to the weights: from their catalogue entry, else from their run, else
/// from the backbone.
image::Preprocess preprocess_of_weights(const std::string& weights, const WeightEntry* entry,
                                        const BackboneInput& input) {
    image::Preprocess preprocess;
    if (entry != nullptr) {
        preprocess.height = preprocess.width = entry->size;
        preprocess.resize = pipeline::Resize::crop;
        preprocess.crop_scale = static_cast<double>(entry->resize) / static_cast<double>(entry->size);
        preprocess.interpolation = interpolation_of(entry->interpolation);
        preprocess.normalization = entry->normalization;
        return preprocess;
    }
    preprocess.height = preprocess.width = input.size;
    preprocess.resize = pipeline::Resize::stretch;
    preprocess.interpolation = interpolation_of(input.interpolation);
    preprocess.normalization = input.normalization;
    return recorded_preprocess(weights).value_or(preprocess);
}

/// What the pipeline gives replaces what the weights give.
image::Preprocess choose_preprocess(const pipeline::Pipeline& pipeline, const WeightEntry* entry,
                                    const BackboneInput& input) {
    image::Preprocess chosen = preprocess_of_weights(pipeline.backbone.weights, entry, input);
    const pipeline::Data& data = pipeline.data;
    const auto size = data.image_size.value_or(std::array{chosen.height, chosen.width});
    chosen.height = size[0];
    chosen.width = size[1];
    chosen.resize = data.resize.value_or(chosen.resize);
    chosen.interpolation = data.interpolation.value_or(chosen.interpolation);
    chosen.bits = data.image_bits.value_or(0);  // of the files; whatever the weights were trained on
    chosen.normalization.mean = data.mean.value_or(chosen.normalization.mean);
    chosen.normalization.std = data.std.value_or(chosen.normalization.std);
    return chosen;
}

void check_size(const pipeline::Pipeline& pipeline, const image::Preprocess& preprocess,
                const BackboneInput& input, core::Problems& problems) {
    const core::Place& place =
        pipeline.data.image_size ? pipeline.data.image_size_place : pipeline.backbone.use.place;
    const auto size = fmt::format("{} x {}", preprocess.height, preprocess.width);
    if (std::min(preprocess.height, preprocess.width) < input.minimum_size) {
        problems.push_back(
            {place,
             fmt::format("images of {} pixels are too small for {}; both sides must be at least {}", size,
                         pipeline.backbone.use.id, input.minimum_size),
             ""});
    }
    if (preprocess.height % input.multiple_of != 0 || preprocess.width % input.multiple_of != 0) {
        problems.push_back(
            {place,
             fmt::format("images of {} pixels do not fit {}; both sides must be multiples of {}", size,
                         pipeline.backbone.use.id, input.multiple_of),
             ""});
    }
}

/// How many stages `until` keeps.
std::size_t choose_stages(const pipeline::Backbone& backbone, const std::vector<plugin::StageInfo>& stages,
                          core::Problems& problems) {
    if (backbone.until.empty()) {
        return stages.size();
    }
    std::vector<std::string> names;
    for (const plugin::StageInfo& stage : stages) {
        names.push_back(stage.name);
        if (stage.name == backbone.until) {
            return names.size();
        }
    }
    problems.push_back({backbone.until_place,
                        fmt::format("{} has no stage '{}'", backbone.use.id, backbone.until),
                        core::suggest(backbone.until, names)});
    return stages.size();
}

/// The grids of the kept stages; empty when there is no backbone to measure.
std::vector<FeatureShape> compose_backbone(ModelParts& model, const ComposeRequest& request,
                                           core::Problems& problems) {
    const pipeline::Backbone& wanted = request.pipeline.backbone;
    const core::Place& place = wanted.use.place;
    const plugin::ComponentHandle component =
        wanted.use.id.empty() ? plugin::ComponentHandle()
                              : request.registry.find("backbone", wanted.use.id, place, problems);
    if (!component) {
        return {};
    }
    const std::size_t before = problems.size();
    model.backbone_id = component.id();
    model.backbone_version = component.version();
    model.weights = wanted.weights;
    model.backbone_options =
        pipeline::read_options(wanted.use, "backbone", component.options(place), problems);
    model.catalogue = component.weights(place);
    const WeightEntry* weights = choose_weights(wanted, model.catalogue, problems);
    if (problems.size() > before) {
        return {};
    }
    const BackboneInput input = component.input(model.backbone_options, place);
    model.preprocess = choose_preprocess(request.pipeline, weights, input);
    check_size(request.pipeline, model.preprocess, input, problems);
    if (problems.size() > before) {
        return {};
    }
    seed_from(request.pipeline.seed, "backbone");
    create_backbone(model, component, place);
    model.kept_stages = choose_stages(wanted, model.backbone.stages(), problems);
    return measure_stages(model);
}

}  // namespace

Normalization normalization_of_weights(const pipeline::Pipeline& pipeline, plugin::Registry& registry) {
    core::Problems ignored;  // composition has told them
    const pipeline::Use& use = pipeline.backbone.use;
    const plugin::ComponentHandle component = registry.find("backbone", use.id, use.place, ignored);
    const Options options = pipeline::read_options(use, "backbone", component.options(use.place), ignored);
    const std::vector<WeightEntry> catalogue = component.weights(use.place);
    return preprocess_of_weights(pipeline.backbone.weights,
                                 choose_weights(pipeline.backbone, catalogue, ignored),
                                 component.input(options, use.place))
        .normalization;
}

void seed_from(std::uint64_t seed, const std::string& name) {
    at::manual_seed(core::hash64(name, seed));
}

Model compose(const ComposeRequest& request, core::Problems& problems) {
    ModelParts parts;
    parts.schema = request.schema;
    const std::vector<FeatureShape> grids = compose_backbone(parts, request, problems);
    for (const pipeline::Head& head : request.pipeline.heads) {
        compose_head(parts, {request, head, grids}, problems);
    }
    Model model(std::move(parts));
    if (model.backbone()) {
        model.to(at::kCPU);
    }
    return model;
}

}  // namespace graft::model
