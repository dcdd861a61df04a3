// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
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

/// The truth of one target; null where nobody knows it.
const TargetValue* truth_of(const Tile& tile, std::size_t target);

enum class Mood { plain, faint, claim, right, wrong };

/// A line below a picture.
struct Caption {
    std::string text;
    Mood mood = Mood::plain;
    double bar = -1;  ///< how much of a bar is filled, 0..1; negative: none
};

/// The lines for every target: the likeliest `classes` classes, numbers with their units, how far points
/// lie from the truth.
std::vector<Caption> captions_of(const Tile& tile, std::size_t classes);

}  // namespace graft::engine
