// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "lettering/lettering.hpp"
#include "prediction/answers.hpp"

namespace graft::engine {

/// A picture, what the model says of it and, where known, the truth.
struct Tile {
    std::string name;
    at::Tensor original;  ///< uint8 [h, w, 3], RGB
    prediction::PicturePrediction prediction;
    std::vector<std::optional<TargetValue>> truth;  ///< see `truth_of`; empty: unknown
};

/// Draws tiles side by side with captions, probability bars and places, and writes a PNG (atomically).
/// Right answers have a green mark, wrong ones a red one; true places are green. Throws Failure(system).
void write_sheet(const std::vector<Tile>& tiles, const std::string& title, const std::string& path,
                 lettering::Lettering& lettering);

/// The same of one picture at its original resolution; a small one is enlarged by a whole factor.
void write_card(const Tile& tile, const std::string& path, lettering::Lettering& lettering);

}  // namespace graft::engine
