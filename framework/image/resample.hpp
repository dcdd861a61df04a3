// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <opencv2/core/mat.hpp>

#include "image/warp.hpp"

namespace graft::image {

/// A move along one axis: target = scale * source + shift; a negative scale mirrors.
struct AxisMap {
    double scale = 1;
    double shift = 0;
};

using pipeline::Interpolation;

/// Resamples axis by axis with a filter that widens with the reduction, so that nothing aliases: a triangle
/// (bilinear), or the cubic convolution with a = -0.5 (bicubic: Keys 1981), both as Pillow's.
/// Weights at the picture's edge are those of the pixels that exist; target pixels whose centre lies outside
/// the picture become `fill`. Both pictures: 8-bit, 3 channels. Thread-safety: any thread.
void resample(const cv::Mat& source, AxisMap horizontal, AxisMap vertical, Interpolation interpolation,
              Color fill, cv::Mat& target);

}  // namespace graft::image
