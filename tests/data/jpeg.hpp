// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// JPEGs that say how they are to be turned.
#pragma once

#include <string>
#include <vector>

#include <opencv2/imgcodecs.hpp>

namespace graft::test {

inline std::string jpeg_of(const cv::Mat& picture) {
    std::vector<std::uint8_t> bytes;
    cv::imencode(".jpg", picture, bytes);
    return {bytes.begin(), bytes.end()};
}

/// A JPEG with an EXIF segment that holds nothing but the orientation (TIFF tag 0x0112).
inline std::string with_orientation(const std::string& jpeg, char orientation) {
    std::string exif(
        "\xff\xe1\x00\x22"
        "Exif\0\0"
        "MM\0\x2a\0\0\0\x08"
        "\0\x01"
        "\x01\x12\0\x03\0\0\0\x01\0",
        29);
    exif += orientation;
    exif += std::string(6, '\0');
    return jpeg.substr(0, 2) + exif + jpeg.substr(2);
}

}  // namespace graft::test
