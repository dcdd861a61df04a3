// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace graft::image {

/// What the first bytes of a file say, read without decoding anything.
struct ImageHeader {
    std::string format;      ///< "JPEG", ...: one of those that graft reads; empty: another one
    std::string unread;      ///< then what it is: "a GIF", "text"; empty: nobody knows
    std::int64_t width = 0;  ///< 0: the header is broken or cut off
    std::int64_t height = 0;
    int orientation = 1;              ///< by EXIF, 1 to 8
    int bits = 8;                     ///< 16: of a sample, where the file has so many
    bool may_be_transparent = false;  ///< it has alpha, of whatever values
    bool has_several = false;         ///< frames or pages
    std::string refusal;              ///< why a file of this kind is not read; goes on after its name
};

/// The formats that graft reads, for messages.
inline constexpr const char* readable_formats = "JPEG, PNG, BMP, WebP, TIFF and PNM (PBM, PGM, PPM)";

ImageHeader read_header(std::string_view bytes);

/// Whether a JPEG's entropy-coded data reaches its end marker. The decoder itself would leave the missing
/// rows as they happened to lie in memory.
enum class JpegEnd { complete, cut_off, too_many_scans };
JpegEnd find_jpeg_end(std::string_view bytes);

}  // namespace graft::image
