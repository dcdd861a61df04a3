// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "sample_map.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "core/random.hpp"
#include "doing.hpp"
#include "embedding.hpp"
#include "kept_features.hpp"
#include "loaders.hpp"
#include "solve/feature_map.hpp"

namespace graft::engine {
namespace {

using core::Json;

constexpr std::int64_t neighbours = 5;  ///< that are told of a sample, and trusted or not
constexpr std::int64_t fewest_for_tsne = 12;

/// In the order of the subset, so that rows that are kept are read one after the other.
void draw(data::Subset& subset, std::int64_t most, std::uint64_t seed) {
    const auto samples = static_cast<std::int64_t>(subset.indices.size());
    if (samples <= most) {
        return;
    }
    std::vector<std::int64_t> order = core::permutation(samples, seed, 0, "map of features");
    order.resize(static_cast<std::size_t>(most));
    std::sort(order.begin(), order.end());
    std::vector<std::int64_t> drawn;
    drawn.reserve(order.size());
    for (const std::int64_t place : order) {
        drawn.push_back(subset.indices[static_cast<std::size_t>(place)]);
    }
    subset.indices = std::move(drawn);
}

/// The pooled feature of each sample that can be read, float [N, D], with the ids.
std::pair<at::Tensor, std::vector<std::string>> features_of(CommandContext& context, const Looked& looked,
                                                            const data::Subset& subset,
                                                            const EmbeddedStage& place) {
    const model::Model& model = looked.model;
    data::Loader loader(subset, reading_options(model, looked.pipeline, context.resources, looked.device));
    KeptFeatures kept(looked.pipeline, model, looked.registry, loader, looked.device, context.events,
                      [&](std::size_t stages) { return serves(model, place, stages); });
    Embedding embedding(model, {}, place, false, looked.device);
    Doing doing(context.events, "features of samples for the map", loader.size());
    kept.source().start(1);
    while (const auto batch = context.stop ? nullptr : kept.source().next()) {
        embedding.add(*batch, "");
        doing.tell(static_cast<std::int64_t>(embedding.ids().size()));
    }
    return {embedding.ids().empty() ? at::Tensor() : embedding.arrays().front().values, embedding.ids()};
}

/// Places in 0 to 1, four digits: no screen shows more.
Json places_of(const at::Tensor& places) {
    const at::Tensor low = std::get<0>(places.min(0, true));
    const double range = std::max((places - low).max().item<double>(), 1e-300);
    const at::Tensor scaled = ((places - low) / range).contiguous();
    const double* number = scaled.const_data_ptr<double>();
    Json list = Json::array();
    for (std::int64_t sample = 0; sample < scaled.size(0); ++sample, number += 2) {
        list.push_back({std::round(number[0] * 1e4) / 1e4, std::round(number[1] * 1e4) / 1e4});
    }
    return list;
}

Json neighbours_of(const at::Tensor& distances) {
    const at::Tensor nearest = solve::nearest_others(distances, neighbours);
    const auto* number = nearest.const_data_ptr<std::int64_t>();
    Json list = Json::array();
    for (std::int64_t sample = 0; sample < nearest.size(0); ++sample, number += nearest.size(1)) {
        list.push_back(std::vector<std::int64_t>(number, number + nearest.size(1)));
    }
    return list;
}

}  // namespace

Json sample_map(CommandContext& context, const Looked& looked, data::Subset subset, std::int64_t most) {
    const at::NoGradGuard no_gradients;
    const std::size_t all = subset.indices.size();
    draw(subset, most, looked.pipeline.seed);
    const EmbeddedStage place = place_of(looked.model, "", true);
    const auto [features, ids] = features_of(context, looked, subset, place);
    if (ids.size() < 4 || context.stop || !features.isfinite().all().item<bool>()) {
        return Json::object();
    }
    const at::Tensor distances = solve::squared_distances(features);
    const solve::Principal principal = solve::principal_components(features);
    const auto samples = static_cast<std::int64_t>(ids.size());
    const auto trusted = [&distances, samples](const at::Tensor& places) {
        return samples > 2 * neighbours ? Json(solve::trustworthiness(distances, places, neighbours))
                                        : Json();
    };
    Json map = {{"samples", all},
                {"stage", looked.model.backbone().stages()[place.stage].name},
                {"numbers", features.size(1)},
                {"ids", ids},
                {"neighbours", neighbours_of(distances)},
                {"pca",
                 {{"places", places_of(principal.places)},
                  {"shares", {principal.shares[0], principal.shares[1]}},
                  {"trustworthiness", trusted(principal.places)}}}};
    if (samples >= fewest_for_tsne) {
        Doing doing(context.events, "map of samples (t-SNE)", solve::tsne_steps);
        const at::Tensor places = solve::tsne(distances, principal.places, &context.stop,
                                              [&](std::int64_t steps) { doing.tell(steps); });
        map["tsne"] = {{"places", places_of(places)}, {"trustworthiness", trusted(places)}};
    }
    return context.stop ? Json::object() : map;
}

}  // namespace graft::engine
