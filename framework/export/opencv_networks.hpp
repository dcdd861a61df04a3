// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <opencv2/core/mat.hpp>

namespace graft::exporting {

/// The outputs of these names of an ONNX file, run by OpenCV's module dnn; `image`: float [N, 3, height,
/// width]. The module is loaded by the first call. Throws std::runtime_error where it is not on this machine,
/// and cv::Exception for a network that it cannot run. Any thread.
std::vector<cv::Mat> opencv_outputs(std::string_view bytes, const cv::Mat& image,
                                    const std::vector<std::string>& names);

}  // namespace graft::exporting
