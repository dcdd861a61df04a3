// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/image_header.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <optional>
#include <utility>

#include "image/bmp.hpp"
#include "image/byte_reader.hpp"
#include "image/orientation.hpp"
#include "image/tiff_header.hpp"
#include "image/unread_formats.hpp"
#include "image/webp.hpp"

namespace graft::image {
namespace {

using std::string_view_literals::operator""sv;

struct Size {
    std::int64_t width = 0;
    std::int64_t height = 0;
};

std::uint8_t byte_at(std::string_view bytes, std::size_t byte) {
    return byte < bytes.size() ? static_cast<std::uint8_t>(bytes[byte]) : 0;
}

bool is_frame_header(std::uint8_t marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}
bool stands_alone(std::uint8_t marker) {
    return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8);
}

Size jpeg_size(std::string_view bytes) {
    ByteReader read(bytes, true);
    std::size_t byte = 2;
    while (byte + 4 <= bytes.size()) {
        if (byte_at(bytes, byte) != 0xFF) {
            ++byte;  // bytes between segments, which decoders skip
            continue;
        }
        const std::uint8_t marker = byte_at(bytes, byte + 1);
        if (marker == 0xFF) {
            ++byte;
        } else if (marker == 0 || stands_alone(marker)) {
            byte += 2;
        } else if (is_frame_header(marker)) {
            const Size size{read.small(byte + 7, 2), read.small(byte + 5, 2)};
            return read.beyond() ? Size{} : size;
        } else if (marker == 0xD9 || marker == 0xDA) {
            return {};
        } else {
            byte += 2 + std::max<std::size_t>(2, read.small(byte + 2, 2));
        }
    }
    return {};
}

Size png_size(std::string_view bytes) {
    ByteReader read(bytes, true);
    const Size size{read.small(16, 4), read.small(20, 4)};
    return read.beyond() || bytes.substr(12, 4) != "IHDR" ? Size{} : size;
}

Size bmp_size(std::string_view bytes) {
    const BmpHeader header = read_bmp_header(bytes);
    return {header.width, header.height};
}

Size webp_size(std::string_view bytes) {
    ByteReader read(bytes, false);
    const std::string_view chunk = bytes.substr(std::min<std::size_t>(12, bytes.size()), 4);
    Size size;
    if (chunk == "VP8 ") {
        size = {read.small(26, 2) & 0x3FFF, read.small(28, 2) & 0x3FFF};
    } else if (chunk == "VP8L") {
        const std::uint32_t packed = read.small(21, 4);
        size = {(packed & 0x3FFF) + 1, ((packed >> 14) & 0x3FFF) + 1};
    } else if (chunk == "VP8X") {
        size = {static_cast<std::int64_t>(read.small(24, 3)) + 1,
                static_cast<std::int64_t>(read.small(27, 3)) + 1};
    }
    return read.beyond() ? Size{} : size;
}

int no_orientation(std::string_view) {
    return 1;
}

Size tiff_size(std::string_view bytes) {
    const TiffHeader header = read_tiff_header(bytes);
    return {header.width, header.height};
}

/// The next number of a PNM header; comments run from # to the line's end.
std::optional<std::int64_t> pnm_number(std::string_view bytes, std::size_t& byte) {
    while (byte < bytes.size() && (std::isspace(byte_at(bytes, byte)) != 0 || bytes[byte] == '#')) {
        byte = bytes[byte] == '#' ? std::min(bytes.find('\n', byte), bytes.size()) : byte + 1;
    }
    std::int64_t value = 0;
    const std::size_t begin = byte;
    for (; byte < bytes.size() && std::isdigit(byte_at(bytes, byte)) != 0 && byte - begin < 12; ++byte) {
        value = value * 10 + (bytes[byte] - '0');
    }
    return byte > begin ? std::optional(value) : std::nullopt;
}

Size pnm_size(std::string_view bytes) {
    std::size_t byte = 2;
    const auto width = pnm_number(bytes, byte);
    const auto height = pnm_number(bytes, byte);
    return width && height ? Size{*width, *height} : Size{};
}

/// Whether a chunk of this name comes before the pixels.
bool has_png_chunk(std::string_view bytes, std::string_view wanted) {
    ByteReader read(bytes, true);
    for (std::size_t byte = 8; byte + 8 <= bytes.size();) {
        const std::string_view name = bytes.substr(byte + 4, 4);
        if (name == wanted) {
            return true;
        }
        if (name == "IDAT") {
            return false;
        }
        byte += 12 + read.small(byte, 4);
    }
    return false;
}

void add_png_traits(std::string_view bytes, ImageHeader& header) {
    ByteReader read(bytes, true);
    constexpr std::uint64_t has_alpha = 4;  // of the colour type
    header.bits = read.small(24, 1) == 16 ? 16 : 8;
    header.may_be_transparent = (read.small(25, 1) & has_alpha) != 0 || has_png_chunk(bytes, "tRNS");
    header.has_several = has_png_chunk(bytes, "acTL");
}

void add_webp_traits(std::string_view bytes, ImageHeader& header) {
    header.may_be_transparent = may_be_transparent(bytes);
    header.has_several = is_animated(bytes);
}

void add_tiff_traits(std::string_view bytes, ImageHeader& header) {
    const TiffHeader tiff = read_tiff_header(bytes);
    header.bits = tiff.bits == 16 ? 16 : 8;
    header.has_several = tiff.has_several;
    header.may_be_transparent = has_alpha(tiff);
    header.refusal = tiff_refusal(tiff);
}

void add_pnm_traits(std::string_view bytes, ImageHeader& header) {
    std::size_t byte = 2;
    pnm_number(bytes, byte);
    pnm_number(bytes, byte);
    const bool has_range = bytes[1] != '1' && bytes[1] != '4';
    header.bits = has_range && pnm_number(bytes, byte).value_or(0) > 255 ? 16 : 8;
}

void add_bmp_traits(std::string_view bytes, ImageHeader& header) {
    header.refusal = bmp_refusal(read_bmp_header(bytes));
}

void add_nothing(std::string_view, ImageHeader&) {}

}  // namespace

ImageHeader read_header(std::string_view bytes) {
    struct Format {
        const char* name;
        Size (*size)(std::string_view);
        int (*orientation)(std::string_view);
        void (*add_traits)(std::string_view, ImageHeader&);
        bool recognised;
    };
    const bool is_pnm = bytes.size() > 2 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6' &&
                        std::isspace(byte_at(bytes, 2)) != 0;
    const std::array<Format, 6> formats{{
        {"JPEG", jpeg_size, jpeg_orientation, add_nothing, bytes.starts_with("\xff\xd8\xff")},
        {"PNG", png_size, png_orientation, add_png_traits, bytes.starts_with("\x89PNG\r\n\x1a\n")},
        {"BMP", bmp_size, no_orientation, add_bmp_traits, bytes.starts_with("BM")},
        {"WebP", webp_size, webp_orientation, add_webp_traits,
         bytes.starts_with("RIFF") && bytes.substr(0, 12).ends_with("WEBP")},
        {"TIFF", tiff_size, tiff_orientation, add_tiff_traits, is_tiff(bytes)},
        {"PNM", pnm_size, no_orientation, add_pnm_traits, is_pnm},
    }};
    for (const Format& format : formats) {
        if (format.recognised) {
            const Size size = format.size(bytes);
            ImageHeader header;
            header.format = format.name;
            header.width = size.width;
            header.height = size.height;
            header.orientation = format.orientation(bytes);
            format.add_traits(bytes, header);
            return header;
        }
    }
    ImageHeader unread;
    unread.unread = unread_format(bytes);
    return unread;
}

JpegEnd find_jpeg_end(std::string_view bytes) {
    constexpr int most_scans = 500;  // real progressive files have about ten; each costs a whole pass
    ByteReader read(bytes, true);
    int scans = 0;
    std::size_t byte = 2;
    while (byte + 1 < bytes.size()) {
        const void* found = std::memchr(bytes.data() + byte, 0xFF, bytes.size() - byte - 1);
        if (found == nullptr) {
            return JpegEnd::cut_off;
        }
        byte = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
        const std::uint8_t marker = byte_at(bytes, byte + 1);
        if (marker == 0xD9) {
            return scans > 0 ? JpegEnd::complete : JpegEnd::cut_off;
        }
        if (marker == 0xFF) {
            ++byte;
        } else if (marker == 0 || stands_alone(marker)) {
            byte += 2;
        } else {
            scans += marker == 0xDA ? 1 : 0;
            if (scans > most_scans) {
                return JpegEnd::too_many_scans;
            }
            byte += 2 + std::max<std::size_t>(2, read.small(byte + 2, 2));
        }
    }
    return JpegEnd::cut_off;
}

}  // namespace graft::image
