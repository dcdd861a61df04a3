// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <opencv2/core/mat.hpp>

namespace graft::image {

/// A picture in RGB, 8 bits, as a JPEG of libjpeg's `quality`, 1 to 100. Throws Failure(internal) for another
/// type and Failure(system) where memory is lacking. Thread-safety: any thread.
std::string encode_jpeg(const cv::Mat& picture, int quality);

}  // namespace graft::image
