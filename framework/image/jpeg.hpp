// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include <opencv2/core/mat.hpp>

#include "image/scratch.hpp"

namespace graft::image {

/// A JPEG in RGB, 8 bits, as it is stored (not turned), of `eighths` / 8 of its width and height, rounded up:
/// a pixel covers 8 / eighths of the stored ones, so the last may reach beyond the picture. Grey is repeated,
/// CMYK resolved as Adobe stores it and as Pillow does. Empty: it cannot be decoded. Thread-safety: any
/// thread, with a scratch of its own.
cv::Mat read_jpeg(std::string_view bytes, int eighths, PictureMemory& scratch);

}  // namespace graft::image
