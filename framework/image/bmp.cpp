// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/bmp.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include <fmt/format.h>

#include "core/problem.hpp"
#include "image/byte_reader.hpp"

namespace graft::image {
namespace {

constexpr std::uint64_t file_header = 14;   // bytes
constexpr std::uint64_t os2_header = 12;    // the oldest one, of shorter numbers
constexpr std::uint64_t plain_header = 40;  // the first with a compression
constexpr std::uint64_t masks_header = 52;  // the first that holds masks
constexpr std::uint64_t alpha_header = 56;  // the first that holds one for alpha
constexpr std::uint64_t largest_header = 124;

enum Compression : std::uint64_t { plain = 0, rle8 = 1, rle4 = 2, bit_fields = 3, alpha_bit_fields = 6 };

void read_masks(ByteReader& read, std::uint64_t size, BmpHeader& header) {
    const bool has_masks = header.compression == bit_fields || header.compression == alpha_bit_fields;
    const bool has_alpha = header.compression == alpha_bit_fields || size >= alpha_header;
    for (std::uint64_t channel = 0; has_masks && channel < (has_alpha ? 4U : 3U); ++channel) {
        header.masks[channel] = read.small(file_header + plain_header + 4 * channel, 4);
    }
    const bool is_short = header.bits == 16;
    for (std::uint32_t channel = 0; !has_masks && channel < 3; ++channel) {
        header.masks[channel] = is_short ? 0x1FU << (5 * (2 - channel)) : 0xFFU << (8 * (2 - channel));
    }
    if (has_masks && size < masks_header) {
        header.palette += header.compression == alpha_bit_fields ? 16 : 12;
    }
}

/// A field of a pixel, from 0 to 255.
std::uint8_t scaled(std::uint32_t pixel, std::uint32_t mask) {
    if (mask == 0) {
        return 0;
    }
    const std::uint64_t most = mask >> std::countr_zero(mask);
    return static_cast<std::uint8_t>(((pixel & mask) >> std::countr_zero(mask)) * std::uint64_t(255) / most);
}

bool is_contiguous(std::uint32_t mask) {
    const std::uint64_t bits = mask == 0 ? 0 : mask >> std::countr_zero(mask);
    return (bits & (bits + 1)) == 0;
}

std::vector<cv::Vec3b> read_palette(std::string_view bytes, const BmpHeader& header) {
    std::vector<cv::Vec3b> colors(std::size_t(1) << header.bits, cv::Vec3b(0, 0, 0));
    ByteReader read(bytes, false);
    for (std::size_t index = 0; index < std::min<std::size_t>(colors.size(), header.palette_size); ++index) {
        const std::uint64_t place = header.palette + index * header.color_bytes;
        for (int channel = 0; channel < 3; ++channel) {
            colors[index][channel] =
                static_cast<std::uint8_t>(read.number(place + static_cast<unsigned>(channel), 1));
        }
    }
    return colors;
}

void read_indices(const std::uint8_t* row, const BmpHeader& header, const std::vector<cv::Vec3b>& palette,
                  cv::Vec3b* pixels) {
    const auto a_byte = 8 / header.bits;
    for (std::uint64_t x = 0; x < static_cast<std::uint64_t>(header.width); ++x) {
        const std::uint64_t shift = 8 - header.bits * (1 + x % a_byte);
        pixels[x] = palette[(row[x / a_byte] >> shift) & (palette.size() - 1)];
    }
}

void read_fields(const std::uint8_t* row, const BmpHeader& header, cv::Vec4b* pixels) {
    const std::uint64_t size = header.bits / 8;
    for (std::int64_t x = 0; x < header.width; ++x, row += size) {
        std::uint32_t pixel = 0;
        for (std::uint64_t byte = 0; byte < size; ++byte) {
            pixel |= std::uint32_t(row[byte]) << (8 * byte);
        }
        pixels[x] = {scaled(pixel, header.masks[2]), scaled(pixel, header.masks[1]),
                     scaled(pixel, header.masks[0]),
                     header.masks[3] == 0 ? std::uint8_t(255) : scaled(pixel, header.masks[3])};
    }
}

}  // namespace

BmpHeader read_bmp_header(std::string_view bytes) {
    ByteReader read(bytes, false);
    const std::uint64_t size = read.number(file_header, 4);
    const bool is_os2 = size == os2_header;
    BmpHeader header;
    if (!is_os2 && (size < plain_header || size > largest_header)) {
        return header;
    }
    header.pixels = read.number(10, 4);
    header.palette = file_header + size;
    const auto side = [&](std::uint64_t offset) {
        const std::uint32_t number = read.small(offset, is_os2 ? 2 : 4);
        return is_os2 ? std::int64_t(number) : std::int64_t(static_cast<std::int32_t>(number));
    };
    header.width = side(18);
    const std::int64_t rows = side(is_os2 ? 20 : 22);
    header.is_top_down = rows < 0;
    header.height = rows < 0 ? -rows : rows;
    header.bits = read.number(is_os2 ? 24 : 28, 2);
    header.compression = is_os2 ? 0 : read.number(30, 4);
    header.palette_size = is_os2 ? 0 : read.number(46, 4);
    header.color_bytes = is_os2 ? 3 : 4;
    if (header.palette_size == 0 && header.bits <= 8) {
        header.palette_size = std::uint64_t(1) << header.bits;
    }
    read_masks(read, size, header);
    if (header.pixels == header.palette && header.bits <= 8) {
        header.pixels += header.palette_size * header.color_bytes;  // some programs forget the palette
    }
    if (read.beyond() || header.width < 0) {
        header.width = header.height = 0;
    }
    return header;
}

bool is_run_length_coded(const BmpHeader& header) {
    return header.compression == rle8 || header.compression == rle4;
}

std::string bmp_refusal(const BmpHeader& header) {
    if (header.compression > bit_fields && header.compression != alpha_bit_fields) {
        return fmt::format("is a BMP of the compression {}{}", header.compression,
                           header.compression == 4   ? " (JPEG)"
                           : header.compression == 5 ? " (PNG)"
                                                     : "");
    }
    const std::uint64_t bits = header.bits;
    if (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32) {
        return fmt::format("is a BMP of {} bits a pixel", bits);
    }
    for (const std::uint32_t mask : header.masks) {
        if ((bits == 16 || bits == 32) && !is_contiguous(mask)) {
            return fmt::format("is a BMP whose colours lie in scattered bits (mask {:#x})", mask);
        }
    }
    return "";
}

cv::Mat read_bmp(std::string_view bytes, const BmpHeader& header) {
    const auto width = static_cast<std::uint64_t>(header.width);
    const auto height = static_cast<std::uint64_t>(header.height);
    const std::uint64_t used = (width * header.bits + 7) / 8;
    const std::uint64_t stride = (used + 3) / 4 * 4;
    if (header.pixels > bytes.size() || (height - 1) * stride + used > bytes.size() - header.pixels) {
        throw core::Failure(core::Category::data, "is cut off: rows of the BMP are missing");
    }
    const bool has_palette = header.bits <= 8;
    const std::vector<cv::Vec3b> palette =
        has_palette ? read_palette(bytes, header) : std::vector<cv::Vec3b>();
    const bool has_fields = header.bits == 16 || header.bits == 32;
    cv::Mat picture(static_cast<int>(height), static_cast<int>(width), has_fields ? CV_8UC4 : CV_8UC3);
    for (int y = 0; y < picture.rows; ++y) {
        const int stored = header.is_top_down ? y : picture.rows - 1 - y;
        const auto* row = reinterpret_cast<const std::uint8_t*>(bytes.data()) + header.pixels +
                          static_cast<std::uint64_t>(stored) * stride;
        if (has_palette) {
            read_indices(row, header, palette, picture.ptr<cv::Vec3b>(y));
        } else if (has_fields) {
            read_fields(row, header, picture.ptr<cv::Vec4b>(y));
        } else {
            std::copy(row, row + used, picture.ptr(y));
        }
    }
    return picture;
}

}  // namespace graft::image
