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

int width_in_strokes(std::string_view line, double size);
void write_in_strokes(cv::Mat& picture, std::string_view line, cv::Point start, double size,
                      const cv::Scalar& color);

}  // namespace graft::lettering
