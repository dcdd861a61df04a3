// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Where a pixel goes. All places are in pixels with (0, 0) at the outer corner of the first one, so pixel
// centres lie at .5 and no rule needs half-pixel corrections.
#pragma once

#include <array>
#include <cstdint>

#include "graft/target.hpp"
#include "image/preprocess.hpp"

namespace graft::image {

/// Row-major 3 x 3; maps (x, y, 1) of the original image's pixels to input pixels. Pixel centres lie at .5.
using Matrix = std::array<double, 9>;

/// Height and width in pixels.
struct Extent {
    std::int64_t height = 0;
    std::int64_t width = 0;
};

inline constexpr Matrix identity_matrix{1, 0, 0, 0, 1, 0, 0, 0, 1};

/// scale (x by scale_x, y by scale_y), then shift.
Matrix scale_and_shift(double scale_x, double scale_y, double shift_x, double shift_y);

/// Counter-clockwise as seen in the picture (y points down), about a centre.
Matrix rotation(double degrees, Point centre);

/// The matrix that does `first`, then `second`.
Matrix then(const Matrix& first, const Matrix& second);

/// Throws Failure(internal) when the matrix cannot be inverted.
Matrix inverse(const Matrix& matrix);

Point apply(const Matrix& matrix, Point point);

/// The resize rule as a matrix from an original of that extent to the network's input:
///   stretch  both sides to the input's, aspect ignored
///   crop     the shorter side (by the input's aspect) becomes round(crop_scale * input side), the other side
///            follows and is cut to whole pixels, then the middle is taken: as torchvision's Resize and
///            CenterCrop
///   pad      the longer side becomes the input's, the rest is filled evenly on both sides
Matrix placement(const Preprocess& preprocess, Extent original);

}  // namespace graft::image
