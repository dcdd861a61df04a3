// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>

#include <opencv2/core/mat.hpp>

#include "image/geometry.hpp"

namespace graft::image {

using Color = std::array<std::uint8_t, 3>;

/// What stands where a picture does not reach: the normalisation's mean, so the network sees zero there.
Color fill_color(const Normalization& normalization);

/// Draws `source` (8-bit, 3 channels) through `matrix` into `target`, which has its size and memory already.
/// Without rotation: a filter as wide as the reduction asks for, Pillow's "bilinear" and "bicubic" with
/// antialiasing (within 1 and 4 of 255 of it). With rotation or perspective: that filter for the reduction,
/// then OpenCV's interpolation of the same name. Thread-safety: any thread.
void warp(const cv::Mat& source, const Matrix& matrix, Color fill, pipeline::Interpolation interpolation,
          cv::Mat& target);

}  // namespace graft::image
