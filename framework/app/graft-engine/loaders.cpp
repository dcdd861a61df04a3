// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "loaders.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/free_memory.hpp"
#include "data/sampler.hpp"
#include "device.hpp"
#include "left_out.hpp"
#include "model/balance.hpp"
#include "notes.hpp"
#include "schema.hpp"

namespace graft::engine {

using core::Json;

namespace {

bool is_read(const model::Model& model, std::size_t target) {
    return std::any_of(model.heads().begin(), model.heads().end(), [&](const model::HeadPart& head) {
        return std::find(head.targets.begin(), head.targets.end(), target) != head.targets.end();
    });
}

/// The targets that a head's predictions are compared with.
std::vector<std::size_t> predicted_targets(const model::Model& model) {
    std::vector<std::size_t> targets;
    for (const model::HeadPart& head : model.heads()) {
        for (std::size_t port = 0; port < head.targets.size(); ++port) {
            if (model::prediction_beside(head, port)) {
                targets.push_back(head.targets[port]);
            }
        }
    }
    return targets;
}

/// What the decoded pictures of both splits may take. A run of one epoch would never use them again.
std::uint64_t decoded_limit(const pipeline::Pipeline& pipeline) {
    constexpr std::uint64_t share = 3;  // the rest is for the network
    std::int64_t epochs = 0;
    for (const pipeline::Phase& phase : pipeline.train.phases) {
        epochs += phase.epochs;
    }
    return pipeline.data.decoded_cache == "off" || epochs < 2 ? 0 : core::free_memory() / share;
}

}  // namespace

std::vector<data::ClassCounts> counted_classes(const data::Splits& splits, const Composition& made) {
    std::vector<data::ClassCounts> counts = data::count_classes(splits, made.schema);
    data::refuse_unknown_classes(counts, made.schema, predicted_targets(made.model),
                                 made.pipeline.data.split);
    // Whoever learns the expression alone need not hear of the genders.
    std::erase_if(counts, [&](const data::ClassCounts& entry) { return !is_read(made.model, entry.target); });
    return counts;
}

Json classes_to_json(const std::vector<data::ClassCounts>& counts, const std::vector<TargetSchema>& schema) {
    Json list = Json::array();
    for (const data::ClassCounts& entry : counts) {
        const TargetSchema& target = schema[entry.target];
        Json classes = Json::array();
        for (std::size_t index = 0; index < target.classes.size(); ++index) {
            classes.push_back(
                {{"name", target.classes[index]}, {"train", entry.train[index]}, {"val", entry.val[index]}});
        }
        list.push_back({{"target", target.name}, {"classes", classes}});
    }
    return list;
}

Json balance_losses(Composition& made, const Loaders& loaders, const Json& recorded) {
    return model::balance(made.model, *made.registry, made.pipeline.seed, recorded, [&](std::size_t target) {
        const auto found =
            std::find_if(loaders.classes.begin(), loaders.classes.end(),
                         [&](const data::ClassCounts& entry) { return entry.target == target; });
        return found->train;
    });
}

Loaders open_loaders(const Composition& made, int threads, const at::Device& device) {
    const pipeline::Data& data = made.pipeline.data;
    Loaders loaders;
    loaders.splits = open_splits(made.pipeline, made.dataset, made.dataset_options, made.model);
    loaders.classes = counted_classes(loaders.splits, made);
    data::LoaderOptions options;
    options.preprocess = made.model.preprocess();
    options.targets = made.schema;
    options.batch = made.pipeline.train.batch;
    options.seed = made.pipeline.seed;
    options.threads = threads;
    options.pinned = device.is_cuda();
    const std::uint64_t limit = decoded_limit(made.pipeline);
    const std::size_t pictures = loaders.splits.train.indices.size() + loaders.splits.val.indices.size();
    const auto share = [&](const data::Subset& subset) {
        return limit / std::max<std::size_t>(1, pictures) * subset.indices.size();
    };
    options.decoded_limit = share(loaders.splits.val);
    if (!loaders.splits.val.indices.empty()) {
        loaders.val = std::make_unique<data::Loader>(loaders.splits.val, options);
    }
    options.decoded_limit = share(loaders.splits.train);
    options.augment = data.augment;
    options.sampler = data::make_sampler(made.pipeline.train.sampler, loaders.splits.train, made.schema,
                                         made.pipeline.seed);
    loaders.train = std::make_unique<data::Loader>(loaders.splits.train, options);
    return loaders;
}

data::LoaderOptions reading_options(const model::Model& model, const pipeline::Pipeline& pipeline,
                                    const jobs::Resources& resources, const at::Device& device) {
    data::LoaderOptions options;
    options.preprocess = model.preprocess();
    options.targets = in_frame(model.schema(), pipeline.data);
    options.batch = pipeline.train.batch;
    options.threads = loader_threads(resources, pipeline.train.threads);
    options.pinned = device.is_cuda();
    return options;
}

Json left_out(const Loaders& loaders) {
    Json list = Json::array();
    add_problems(loaders.splits.train, list);
    add_problems(loaders.splits.val, list);
    for (const data::Loader* loader : {loaders.train.get(), loaders.val.get()}) {
        if (loader != nullptr) {
            add_skipped(*loader, list);
        }
    }
    return list;
}

void warn_left_out(const CommandContext& context, const Json& list, const std::string& where) {
    if (list.empty()) {
        return;
    }
    // What is no record was not meant as a sample: it is told apart, so that the first number counts losses.
    std::string text;
    for (const bool records : {true, false}) {
        std::size_t count = 0;
        std::string shown;
        for (const Json& entry : list) {
            if (entry.value("sample", true) == records && ++count <= 3) {
                shown += fmt::format("\n  {}: {}", entry["file"].get<std::string>(),
                                     entry["reason"].get<std::string>());
            }
        }
        if (count > 0) {
            text += fmt::format(
                "{}{}{}:{}", text.empty() ? "" : "\n",
                records
                    ? fmt::format("{} {} left out", count, count == 1 ? "file was" : "files were")
                    : fmt::format("{} {} seen in the data", count, count == 1 ? "thing was" : "things were"),
                where, shown);
        }
    }
    context.warn(text);
}

Json point_counts(const data::Loader& loader) {
    Json counts = Json::object();
    for (const auto& [target, count] : loader.places()) {
        if (count.known > 0) {
            counts[target] = {{"known", count.known}, {"outside", count.outside}};
        }
    }
    return counts;
}

void warn_of_pictures(const data::Loader& loader, const model::Model& model, const pipeline::Data& data,
                      core::EventSink& events) {
    const data::Survey& survey = loader.survey();
    std::vector<std::string> notes =
        survey.notes(model.preprocess(), used_targets(model), data.orientation.has_value());
    notes.push_back(survey.note_of_unused_bits(model.preprocess().bits));
    for (const std::string& note : notes) {
        if (!note.empty()) {
            events.emit({"warning", {{"text", note}}});
        }
    }
}

void tell_of_decoded(const Loaders& loaders, core::EventSink& events) {
    data::DecodedCache::Count all;
    for (const data::Loader* loader : {loaders.train.get(), loaders.val.get()}) {
        if (loader != nullptr) {
            const data::DecodedCache::Count count = loader->decoded();
            all.pictures += count.fits ? count.pictures : 0;
            all.bytes += count.fits ? count.bytes : 0;
            all.limit += count.limit;
            all.fits = all.fits && count.fits;
        }
    }
    if (all.pictures > 0 || !all.fits) {
        events.emit(
            {"decoded",
             {{"pictures", all.pictures}, {"bytes", all.bytes}, {"limit", all.limit}, {"fits", all.fits}}});
    }
}

void warn_points_outside(const CommandContext& context, const data::Loader& loader) {
    constexpr double worth_a_warning = 0.05;
    for (const auto& [target, count] : loader.places()) {
        if (static_cast<double>(count.outside) > worth_a_warning * static_cast<double>(count.known)) {
            context.warn(
                fmt::format("{} of {} training points of '{}' lay outside the input after resizing and "
                            "augmentation; a smaller rotate, scale or translate, or resize: pad, keeps "
                            "them in",
                            count.outside, count.known, target));
        }
    }
}

}  // namespace graft::engine
