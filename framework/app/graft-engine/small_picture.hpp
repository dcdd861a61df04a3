// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Pictures small enough to lie in a page.
#pragma once

#include <cstdint>
#include <functional>

#include <opencv2/core/mat.hpp>

#include "core/event.hpp"
#include "image/decode.hpp"

namespace graft::engine {

/// The size of a picture whose longer side has at most so many pixels.
cv::Size small_size(const image::Extent& original, int longer_side);

/// RGB as {"width", "height": of the original; "jpeg": base64}.
core::Json as_json(const cv::Mat& small, const image::Extent& original);

/// Reads a picture and makes it small: as above, or {"problem"} where it cannot be read.
core::Json small_picture(image::PictureReader& reader, const std::function<ImageSource()>& source,
                         std::int64_t bits, int longer_side);

}  // namespace graft::engine
