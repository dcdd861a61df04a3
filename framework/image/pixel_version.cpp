// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/pixel_version.hpp"

#include <opencv2/core/utility.hpp>

#include <fmt/format.h>

namespace graft::image {

std::string pixel_version() {
    constexpr int own = 2;
    return fmt::format("{}, OpenCV {}", own, cv::getVersionString());
}

}  // namespace graft::image
