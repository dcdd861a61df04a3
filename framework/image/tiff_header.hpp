// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace graft::image {

/// Values of TiffHeader::alpha (TIFF 6.0, ExtraSamples).
inline constexpr std::uint64_t alpha_multiplied = 1;  ///< colours are multiplied by it already
inline constexpr std::uint64_t alpha_apart = 2;

/// What the first directory of a TIFF says (TIFF 6.0, part 1, section 8), or of the TIFF structure in EXIF.
struct TiffHeader {
    std::int64_t width = 0;  ///< 0: broken or cut off
    std::int64_t height = 0;
    int orientation = 0;              ///< 1 to 8; 0: not said
    std::uint64_t bits = 1;           ///< a sample
    std::uint64_t compression = 1;    ///< 1: none
    std::uint64_t colours = 0;        ///< PhotometricInterpretation
    std::uint64_t samples = 1;        ///< a pixel
    std::uint64_t number_format = 1;  ///< 1: whole, 2: signed, 3: floating point, 5 and 6: complex
    std::uint64_t alpha = 0;          ///< what the first extra sample is
    std::uint64_t alpha_offset = 0;   ///< where that number lies in the file
    bool is_planar = false;           ///< samples one after the other
    bool has_several = false;         ///< there are more pages
};

/// Whether the bytes begin as those of a TIFF or BigTIFF.
bool is_tiff(std::string_view bytes);

/// Zeros where the structure is broken.
TiffHeader read_tiff_header(std::string_view bytes);

/// Why a TIFF of this header is not read, to go on after the picture's name; empty: it is.
std::string tiff_refusal(const TiffHeader& header);

/// Whether its last sample is transparency.
bool has_alpha(const TiffHeader& header);

/// What the compression is called.
std::string compression_name(std::uint64_t compression);

}  // namespace graft::image
