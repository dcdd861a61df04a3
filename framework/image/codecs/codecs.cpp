// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The library libgraft_codecs.so: the one place that links OpenCV's image codecs, which bring more than a
// hundred libraries into a process (GDAL among them). image/codecs.hpp loads it when it is first needed.
#include <string_view>

#include <opencv2/imgcodecs.hpp>

// Exceptions of OpenCV pass through.
extern "C" [[gnu::visibility("default")]] void graft_opencv_decode(std::string_view bytes, int mode,
                                                                   cv::Mat& picture) {
    const cv::Mat buffer(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
    picture = cv::imdecode(buffer, mode);
}
