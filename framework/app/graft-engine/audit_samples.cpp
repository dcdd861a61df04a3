// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "audit_samples.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/problem.hpp"
#include "device.hpp"
#include "doing.hpp"
#include "embedding.hpp"
#include "kept_features.hpp"
#include "left_out.hpp"
#include "loaders.hpp"
#include "notes.hpp"
#include "schema.hpp"
#include "train/computation.hpp"

namespace graft::engine {
namespace {

/// The pipeline with a last phase that freezes the whole backbone: an audit trains nothing, so all of it may
/// be taken from the store and kept there.
pipeline::Pipeline frozen_whole(pipeline::Pipeline pipeline) {
    pipeline::Phase whole;
    whole.freeze = {"backbone"};
    pipeline.train.phases.push_back(whole);
    return pipeline;
}

const NamedArray& array_named(const std::vector<NamedArray>& arrays, const std::string& name) {
    return *std::find_if(arrays.begin(), arrays.end(),
                         [&](const NamedArray& array) { return array.name == name; });
}

void take_arrays(const Embedding& embedding, const std::vector<TargetSchema>& used, AuditSamples& samples) {
    samples.ids = embedding.ids();
    samples.splits = embedding.splits();
    samples.motions = embedding.motions();
    const std::vector<NamedArray> arrays = embedding.arrays();
    samples.features = array_named(arrays, "features").values.flatten(1).to(at::kDouble);
    for (const TargetSchema& target : used) {
        samples.targets.push_back(target);
        samples.columns.push_back({array_named(arrays, "targets." + target.name).values,
                                   array_named(arrays, "present." + target.name).values});
    }
}

void add_sources(const Shown& shown, AuditSamples& samples) {
    std::map<std::pair<std::string, std::string>, std::pair<plugin::DatasetHandle, std::int64_t>> by_name;
    for (const auto& [split, subset] : shown.splits) {
        for (const std::int64_t index : subset.indices) {
            by_name[{split, subset.dataset.id(index)}] = {subset.dataset, index};
        }
    }
    for (std::size_t sample = 0; sample < samples.size(); ++sample) {
        const auto& [dataset, index] = by_name.at({samples.splits[sample], samples.ids[sample]});
        samples.groups.push_back(dataset.group(index));
        samples.sources.emplace_back([dataset = dataset, index = index] { return dataset.image(index); });
    }
}

/// False: it was interrupted.
bool read_splits(CommandContext& context, const Shown& shown, const EmbeddedStage& place,
                 const at::Device& device, Embedding& embedding, core::Json& skipped) {
    const pipeline::Pipeline pipeline = frozen_whole(shown.pipeline);
    const data::LoaderOptions options = reading_options(shown.model, pipeline, context.resources, device);
    for (const auto& [name, subset] : shown.splits) {
        data::Loader loader(subset, options);
        KeptFeatures features(pipeline, shown.model, *shown.registry, loader, device, context.events,
                              [&](std::size_t stages) { return serves(shown.model, place, stages); });
        Doing doing(context.events, "samples of " + name, loader.size());
        const std::size_t before = embedding.ids().size();
        features.source().start(1);
        while (const auto batch = context.stop ? nullptr : features.source().next()) {
            embedding.add(*batch, name);
            doing.tell(static_cast<std::int64_t>(embedding.ids().size() - before));
        }
        if (context.stop) {
            return false;
        }
        core::Json here = core::Json::array();
        add_problems(subset, here);
        add_skipped(loader, here);
        for (core::Json& entry : here) {
            entry["split"] = name;
            skipped.push_back(entry);
        }
    }
    return true;
}

}  // namespace

std::optional<AuditSamples> gather_samples(CommandContext& context, Shown& shown) {
    const at::Device device = take_device(context.resources, shown.pipeline.train.device);
    shown.model.to(device);
    train::set_precision(shown.model, shown.pipeline.train);
    const EmbeddedStage place = place_of(shown.model, "", /*pooled=*/true);
    Embedding embedding(shown.model, in_frame(shown.model.schema(), shown.pipeline.data), place,
                        /*with_predictions=*/false, device);
    AuditSamples samples;
    if (!read_splits(context, shown, place, device, embedding, samples.skipped)) {
        return std::nullopt;
    }
    if (embedding.ids().empty()) {
        throw core::Failure(core::Category::data, "there is no sample to look at");
    }
    samples.stage = shown.model.backbone().stages()[place.stage].name;
    take_arrays(embedding, used_targets(shown.model), samples);
    add_sources(shown, samples);
    return samples;
}

}  // namespace graft::engine
