// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include <opencv2/core/mat.hpp>

namespace graft::image {

/// cv::imdecode, out of a library of ours that is loaded with the first call: most data sets are JPEGs, which
/// need none of it. Empty: it cannot be decoded. Throws cv::Exception as OpenCV does, Failure(system) where
/// the library cannot be loaded. Thread-safety: any thread.
cv::Mat opencv_decode(std::string_view bytes, int mode);

}  // namespace graft::image
