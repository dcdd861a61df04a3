// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <opencv2/core/mat.hpp>

namespace graft::image {

/// What the headers of a BMP say (Microsoft, "Bitmap Storage": BITMAPFILEHEADER and those after it).
struct BmpHeader {
    std::int64_t width = 0;  ///< 0: broken or cut off
    std::int64_t height = 0;
    bool is_top_down = false;
    std::uint64_t bits = 0;  ///< a pixel
    std::uint64_t compression = 0;
    std::uint64_t palette = 0;       ///< where it begins
    std::uint64_t palette_size = 0;  ///< colours
    std::uint64_t color_bytes = 4;   ///< of the palette
    std::uint64_t pixels = 0;        ///< where they begin
    std::uint32_t masks[4] = {};     ///< of red, green, blue and alpha in a pixel of 16 or 32 bits
};

/// A width of 0 where the structure is broken or cut off. Never throws.
BmpHeader read_bmp_header(std::string_view bytes);

/// Why a BMP of this header is not read, to go on after the picture's name; empty: it is.
std::string bmp_refusal(const BmpHeader& header);

/// Whether its pixels are compressed by RLE4 or RLE8, which OpenCV reads and `read_bmp` does not.
bool is_run_length_coded(const BmpHeader& header);

/// The pixels of a BMP that is not run-length coded: BGRA for 16 and 32 bits a pixel (alpha 255 where there
/// is none), else BGR. OpenCV 4.6 takes other masks for the usual ones. Throws Failure(data).
cv::Mat read_bmp(std::string_view bytes, const BmpHeader& header);

}  // namespace graft::image
