// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "graft/target.hpp"
#include "inference.hpp"

namespace graft::engine {

/// A picture, what the model says of it and, where known, the truth (one value a target of the prediction).
struct Tile {
    std::string name;
    at::Tensor original;  ///< uint8 [h, w, 3], RGB
    PicturePrediction prediction;
    std::vector<std::optional<TargetValue>> truth;  ///< empty: unknown
};

/// Draws tiles side by side with captions, probability bars and points, and writes a PNG (atomically).
/// Right answers have a green mark, wrong ones a red one. Throws Failure(system).
void write_sheet(const std::vector<Tile>& tiles, const std::string& title, const std::string& path);

}  // namespace graft::engine
