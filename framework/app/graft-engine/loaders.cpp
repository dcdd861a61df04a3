// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "loaders.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "data/sampler.hpp"
#include "left_out.hpp"
#include "notes.hpp"

namespace graft::engine {

using core::Json;

Loaders open_loaders(const Composition& made, int threads) {
    const pipeline::Data& data = made.pipeline.data;
    Loaders loaders;
    loaders.splits = data::make_splits(
        data.split,
        [&](const std::string& split) {
            return open_dataset(made.dataset, made.dataset_options, split, made.model, data.use.place);
        },
        made.schema);
    data::LoaderOptions options;
    options.preprocess = made.model.preprocess();
    options.targets = made.schema;
    options.batch = made.pipeline.train.batch;
    options.seed = made.pipeline.seed;
    options.threads = threads;
    if (!loaders.splits.val.indices.empty()) {
        loaders.val = std::make_unique<data::Loader>(loaders.splits.val, options);
    }
    options.augment = data.augment;
    options.sampler = data::make_sampler(made.pipeline.train.sampler, loaders.splits.train, made.schema,
                                         made.pipeline.seed);
    loaders.train = std::make_unique<data::Loader>(loaders.splits.train, options);
    return loaders;
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
    std::string text =
        fmt::format("{} {} left out{}:", list.size(), list.size() == 1 ? "file was" : "files were", where);
    for (std::size_t index = 0; index < std::min<std::size_t>(list.size(), 3); ++index) {
        text += fmt::format("\n  {}: {}", list[index]["file"].get<std::string>(),
                            list[index]["reason"].get<std::string>());
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
