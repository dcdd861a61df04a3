// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Text for machines without a font: OpenCV's strokes, which have no letters but ASCII. Sizes as of Lettering.
#pragma once

#include <string_view>

#include <opencv2/core/types.hpp>

namespace cv {
class Mat;
}

namespace graft::lettering {

/// What Lettering does on a machine without fonts, by OpenCV's strokes: a character that is not ASCII is
/// drawn as its number. `size`: pixels an em. The width is in pixels; `start` is on the baseline, on the left
/// of an RGB picture (uint8). Any thread.
int width_in_strokes(std::string_view line, double size);
void write_in_strokes(cv::Mat& picture, std::string_view line, cv::Point start, double size,
                      const cv::Scalar& color);

}  // namespace graft::lettering
