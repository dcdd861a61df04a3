// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <opencv2/core/mat.hpp>

#include "graft/target.hpp"

namespace graft::target {

/// The property of a mask's schema that names the stored number of each class, in their order: "0 255".
inline constexpr const char* mask_values = "values";

/// The stored numbers of a mask, 8 bits, one channel, memory of its own: a PNG's palette indices or grey
/// values (of 1, 2, 4 or 8 bits, as they are), or the pixels in memory; not turned by EXIF. Throws
/// Failure(data) whose message goes on after the target's name: other formats, colours, 16 bits, damaged
/// files. Of a file that is too long or unreadable the message begins with its path. Thread-safety: any
/// thread.
cv::Mat read_mask(const MaskSource& source);

/// The colours of a mask that is a file, three channels of 8 bits, red first: those of a palette, too, and
/// grey; an alpha channel is not read. Throws as `read_mask`, and where the mask is numbers in memory.
/// Thread-safety: any thread.
cv::Mat read_mask_colours(const MaskSource& source);

/// The bytes of a PNG with one channel of 8 bits: the numbers of the pixels are the classes. Thread-safety:
/// any thread.
std::string encode_mask(const cv::Mat& classes);

}  // namespace graft::target
