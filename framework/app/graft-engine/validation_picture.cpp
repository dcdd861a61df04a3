// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "validation_picture.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/problem.hpp"
#include "data/sample.hpp"
#include "inference.hpp"
#include "picture.hpp"

namespace graft::engine {

void picture_of_validation(const Composition& made, const data::Subset& subset, const std::string& path,
                           const at::Device& device) {
    constexpr std::size_t count = 12;
    std::vector<data::Prepared> pictures;
    std::vector<Tile> tiles;
    const auto total = subset.indices.size();
    for (std::size_t number = 0; number < std::min(count, total); ++number) {
        const std::int64_t index = subset.indices[number * total / std::min(count, total)];
        Tile tile;
        try {
            data::Prepared picture = data::prepare(subset.dataset.image(index), made.model.preprocess());
            tile.truth = truth_of(made.model, subset.dataset.targets(index), picture.motion);
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
    }
    if (tiles.empty()) {
        return;
    }
    const auto predictions = infer(made.model, pictures, device);
    for (std::size_t index = 0; index < tiles.size(); ++index) {
        tiles[index].prediction = predictions[index];
    }
    write_sheet(tiles, made.pipeline.name + ": predictions on validation pictures", path);
}

}  // namespace graft::engine
