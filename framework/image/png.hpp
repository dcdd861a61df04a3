// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <opencv2/core/mat.hpp>

namespace graft::image {

/// A PNG file of a picture, grey or RGB of 8 bits. Throws Failure(internal).
std::string encode_png(const cv::Mat& picture);

}  // namespace graft::image
