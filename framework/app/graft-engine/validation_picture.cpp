// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "validation_picture.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/problem.hpp"
#include "data/sample.hpp"
#include "kept_features.hpp"
#include "loaders.hpp"
#include "picture.hpp"
#include "prediction/answers.hpp"

namespace graft::engine {
namespace {

/// The heads' outputs of all these samples, from what is kept of the frozen stages; nothing where nothing is.
std::optional<model::Outputs> outputs_of_kept(const Composition& made, const data::Subset& samples,
                                              const at::Device& device) {
    const at::NoGradGuard no_gradients;
    core::EventFan ignored_events;
    data::LoaderOptions options = reading_options(made.model, made.pipeline, {}, device);
    options.batch = static_cast<std::int64_t>(samples.indices.size());
    options.threads = 1;
    data::Loader loader(samples, options);
    KeptFeatures features(made.pipeline, made.model, *made.registry, loader, device, ignored_events);
    if (!features.are_kept()) {
        return std::nullopt;
    }
    features.source().start(1);
    const auto batch = features.source().next();
    if (batch == nullptr || batch->ids.size() != samples.indices.size()) {
        return std::nullopt;
    }
    return made.model.outputs(made.model.read(*batch, device));
}

}  // namespace

std::vector<std::int64_t> pictured_samples(const data::Subset& subset) {
    constexpr std::size_t most = 12;
    const std::size_t total = subset.indices.size();
    const std::size_t count = std::min(most, total);
    std::vector<std::int64_t> samples;
    for (std::size_t number = 0; number < count; ++number) {
        samples.push_back(subset.indices[number * total / count]);
    }
    return samples;
}

std::string title_of_validation(const Composition& made) {
    return made.pipeline.name + ": predictions on validation pictures";
}

void picture_of_validation(const Composition& made, const data::Subset& subset, const std::string& path,
                           const at::Device& device, lettering::Lettering& lettering) {
    std::vector<data::Prepared> pictures;
    std::vector<Tile> tiles;
    data::Subset shown{subset.dataset, {}};
    for (const std::int64_t index : pictured_samples(subset)) {
        Tile tile;
        try {
            data::Prepared picture = data::prepare(subset.dataset.image(index), made.model.preprocess());
            tile.truth = prediction::truth_of(made.model, subset.dataset.targets(index), picture.motion);
            pictures.push_back(std::move(picture));
        } catch (const core::Failure& failure) {
            if (failure.category() != core::Category::data) {
                throw;
            }
            continue;  // skipped, counted and named by the loader already
        }
        tile.name = subset.dataset.id(index);
        tile.original = pictures.back().original;
        tiles.push_back(std::move(tile));
        shown.indices.push_back(index);
    }
    if (tiles.empty()) {
        return;
    }
    const auto outputs = outputs_of_kept(made, shown, device);
    const auto predictions = outputs ? prediction::predictions_of(made.model, *outputs, pictures)
                                     : prediction::infer(made.model, pictures, device);
    for (std::size_t index = 0; index < tiles.size(); ++index) {
        tiles[index].prediction = predictions[index];
    }
    write_sheet(tiles, title_of_validation(made), path, lettering);
}

}  // namespace graft::engine
