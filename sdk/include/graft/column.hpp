// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

/// @file
/// Targets and predictions of a batch as tensors: the layout of each kind.
#pragma once

#include <ATen/core/Tensor.h>

namespace graft {

/// One target, encoded target or prediction for a batch of N samples.
///
/// In natural units, by kind (target | prediction; float unless stated):
///
///     category   int64 [N] class index          | [N, K] probabilities
///     labels     [N, K] of 0 and 1              | [N, K] probabilities
///     scalar     [N] in the schema's unit       | [N] in the schema's unit
///     points     [N, P, 2] x,y in input pixels  | [N, P, 2] x,y in input pixels
///     tensor     [N, shape...]                  | [N, shape...]
///     mask       uint8 [N, height, width] class | [N, K, height, width] probabilities, both of the
///                a pixel, 255: does not count   | input's size
///     boxes      [N, B, 6] left, top, right,    | [N, B, 6] left, top, right, bottom, class, score;
///                bottom in input pixels, class, | B as the head likes; a score below 0: no box
///                state                          |
///     embedding                                 | [N, length]
///
/// Boxes of a target: B as many as the fullest sample of the batch has; state 1: counts, 0: ignored, -1: no
/// box.
///
/// In a head's own space: whatever its loss compares.
struct Column {
    at::Tensor values;   ///< as above
    at::Tensor present;  ///< bool; [N], or [N, K] of labels, or [N, P] of points. False: missing,
                         ///< and `values` holds a harmless finite number there.
};

/// The numbers of a box in a column, by their place.
namespace box {
inline constexpr std::int64_t left = 0;         ///< in input pixels
inline constexpr std::int64_t top = 1;          ///< in input pixels
inline constexpr std::int64_t right = 2;        ///< in input pixels
inline constexpr std::int64_t bottom = 3;       ///< in input pixels
inline constexpr std::int64_t class_index = 4;  ///< among the schema's classes
inline constexpr std::int64_t state = 5;        ///< of a target
inline constexpr std::int64_t score = 5;        ///< of a prediction
inline constexpr std::int64_t numbers = 6;      ///< of a box
}  // namespace box

}  // namespace graft
