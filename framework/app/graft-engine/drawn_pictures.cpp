// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "drawn_pictures.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/problem.hpp"
#include "core/text.hpp"
#include "data/sample.hpp"
#include "picture.hpp"
#include "small_picture.hpp"

namespace graft::engine {
namespace {

using core::Json;

constexpr int drawn_side = 264;  ///< pixels: letters of nine pixels can be read
constexpr std::size_t drawn_at_once = 12;

bool needs_drawing(const TargetSchema& schema) {
    return schema.kind == TargetKind::mask || schema.kind == TargetKind::boxes;
}

bool needs_drawing(const model::HeadPart& head) {
    return std::any_of(head.predictions.begin(), head.predictions.end(),
                       [](const TargetSchema& schema) { return needs_drawing(schema); });
}

/// The tile with what one head says that a drawing shows.
Tile of_head(const Tile& tile, const std::string& head) {
    Tile chosen{tile.name, tile.original, {}, {}};
    for (std::size_t index = 0; index < tile.prediction.size(); ++index) {
        const prediction::HeadAnswer& answer = tile.prediction[index];
        if (answer.head == head && needs_drawing(answer.answer.schema)) {
            chosen.prediction.push_back(answer);
            chosen.truth.push_back(tile.truth[index]);
        }
    }
    return chosen;
}

/// Samples that can be read, with what all heads say of them.
std::vector<Tile> predicted_tiles(const model::Model& model, const data::Subset& subset, const Places& places,
                                  const std::vector<std::string>& ids, const at::Device& device) {
    std::vector<Tile> tiles;
    std::vector<data::Prepared> pictures;
    for (const std::string& id : ids) {
        const auto found = places.find(id);
        if (found == places.end()) {
            continue;
        }
        try {
            data::Prepared picture = data::prepare(subset.dataset.image(found->second), model.preprocess());
            tiles.push_back(
                {id,
                 picture.original,
                 {},
                 prediction::truth_of(model, subset.dataset.targets(found->second), picture.motion)});
            pictures.push_back(std::move(picture));
        } catch (const core::Failure& failure) {
            if (failure.category() != core::Category::data) {
                throw;
            }
        }
    }
    if (tiles.empty()) {
        return tiles;
    }
    std::vector<prediction::PicturePrediction> predictions = prediction::infer(model, pictures, device);
    for (std::size_t index = 0; index < tiles.size(); ++index) {
        tiles[index].prediction = std::move(predictions[index]);
    }
    return tiles;
}

Json drawn(const Tile& tile, const std::string& head, lettering::Lettering& lettering) {
    constexpr std::size_t classes_told = 3;
    const Tile chosen = of_head(tile, head);
    const Panel panel = panel_of_tile(chosen, drawn_side, classes_told, lettering);
    Json entry = as_json(panel.picture, {panel.picture.rows, panel.picture.cols});
    entry["head"] = head;
    entry["id"] = tile.name;
    entry["truth"] = shows_true_places(chosen);
    entry["says"] = Json::array();
    for (const target::Caption& caption : panel.captions) {
        entry["says"].push_back(caption.text);
    }
    entry["keys"] = Json::array();
    for (const target::Key& key : panel.keys) {
        const auto part = [&](int channel) { return static_cast<int>(key.color[channel]); };
        entry["keys"].push_back(
            {{"name", key.name}, {"color", fmt::format("#{:02x}{:02x}{:02x}", part(0), part(1), part(2))}});
    }
    return entry;
}

}  // namespace

Json drawn_pictures(const CommandContext& context, const model::Model& model, const data::Subset& subset,
                    const Places& places, const at::Device& device) {
    Json list = Json::array();
    lettering::Lettering lettering;
    for (const Json& asked : context.request.value("drawn", Json::array())) {
        // The request was turned as a whole.
        const std::string head = core::name_to_text(asked.value("head", std::string()));
        const auto part = std::find_if(model.heads().begin(), model.heads().end(),
                                       [&](const model::HeadPart& each) { return each.name == head; });
        if (part == model.heads().end() || !needs_drawing(*part)) {
            continue;
        }
        std::vector<std::string> ids = asked.value("ids", std::vector<std::string>());
        std::transform(ids.begin(), ids.end(), ids.begin(), core::name_to_text);
        for (std::size_t first = 0; first < ids.size() && !context.stop; first += drawn_at_once) {
            const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(first);
            const auto end =
                ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), first + drawn_at_once));
            for (const Tile& tile : predicted_tiles(model, subset, places, {begin, end}, device)) {
                list.push_back(drawn(tile, head, lettering));
            }
        }
    }
    for (const std::string& note : lettering.notes()) {
        context.warn(note);
    }
    return list;
}

}  // namespace graft::engine
