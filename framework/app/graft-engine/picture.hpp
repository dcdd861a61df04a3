// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "lettering/lettering.hpp"
#include "prediction/answers.hpp"
#include "sheet.hpp"

namespace graft::engine {

/// A picture, what the model says of it and, where known, the truth.
struct Tile {
    std::string name;
    at::Tensor original;  ///< uint8 [h, w, 3], RGB; may be smaller than the picture that was predicted
    prediction::PicturePrediction prediction;
    std::vector<std::optional<TargetValue>> truth;  ///< see `truth_of`; empty: unknown
};

/// The picture, its longer side brought to `side`, with what the predictions draw into it and what they say;
/// of a category as many classes as that.
Panel panel_of_tile(const Tile& tile, int side, std::size_t classes, lettering::Lettering& lettering);

/// Whether true places are drawn beside predicted ones, told apart by red and green.
bool shows_true_places(const Tile& tile);

/// Tiles side by side with captions, probability bars, places and a legend. Right answers have a green mark,
/// wrong ones a red one; true places are green. RGB.
cv::Mat sheet_of_tiles(const std::vector<Tile>& tiles, const std::string& title,
                       lettering::Lettering& lettering);

/// Writes that as a PNG (atomically). Throws Failure(system).
void write_sheet(const std::vector<Tile>& tiles, const std::string& title, const std::string& path,
                 lettering::Lettering& lettering);

/// The same of one picture at its original resolution; a small one is enlarged by a whole factor.
void write_card(const Tile& tile, const std::string& path, lettering::Lettering& lettering);

}  // namespace graft::engine
