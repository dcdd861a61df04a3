// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/image_header.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <optional>
#include <utility>

namespace graft::image {
namespace {

using std::string_view_literals::operator""sv;

/// Reads numbers out of bytes; beyond the end it reads 0 and remembers.
class Reader {
public:
    Reader(std::string_view bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

    std::uint32_t number(std::size_t offset, std::size_t size) {
        if (offset > bytes_.size() || size > bytes_.size() - offset) {
            beyond_ = true;
            return 0;
        }
        std::uint32_t value = 0;
        for (std::size_t byte = 0; byte < size; ++byte) {
            const std::size_t place = offset + (big_endian_ ? byte : size - 1 - byte);
            value = (value << 8) | static_cast<std::uint8_t>(bytes_[place]);
        }
        return value;
    }
    bool beyond() const { return beyond_; }

private:
    std::string_view bytes_;
    bool big_endian_;
    bool beyond_ = false;
};

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
    Reader read(bytes, true);
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
            const Size size{read.number(byte + 7, 2), read.number(byte + 5, 2)};
            return read.beyond() ? Size{} : size;
        } else if (marker == 0xD9 || marker == 0xDA) {
            return {};
        } else {
            byte += 2 + std::max<std::size_t>(2, read.number(byte + 2, 2));
        }
    }
    return {};
}

Size png_size(std::string_view bytes) {
    Reader read(bytes, true);
    const Size size{read.number(16, 4), read.number(20, 4)};
    return read.beyond() || bytes.substr(12, 4) != "IHDR" ? Size{} : size;
}

Size bmp_size(std::string_view bytes) {
    Reader read(bytes, false);
    if (read.number(14, 4) == 12) {  // OS/2
        return {read.number(18, 2), read.number(20, 2)};
    }
    const auto width = static_cast<std::int32_t>(read.number(18, 4));
    const auto height = static_cast<std::int32_t>(read.number(22, 4));  // negative: rows from the top
    const Size size{width, height < 0 ? -static_cast<std::int64_t>(height) : height};
    return read.beyond() || width < 0 ? Size{} : size;
}

Size webp_size(std::string_view bytes) {
    Reader read(bytes, false);
    const std::string_view chunk = bytes.substr(std::min<std::size_t>(12, bytes.size()), 4);
    Size size;
    if (chunk == "VP8 ") {
        size = {read.number(26, 2) & 0x3FFF, read.number(28, 2) & 0x3FFF};
    } else if (chunk == "VP8L") {
        const std::uint32_t packed = read.number(21, 4);
        size = {(packed & 0x3FFF) + 1, ((packed >> 14) & 0x3FFF) + 1};
    } else if (chunk == "VP8X") {
        size = {static_cast<std::int64_t>(read.number(24, 3)) + 1,
                static_cast<std::int64_t>(read.number(27, 3)) + 1};
    }
    return read.beyond() ? Size{} : size;
}

/// The value of EXIF's tag for the orientation in a TIFF structure; 1 when it has none.
int exif_orientation(std::string_view exif) {
    constexpr std::uint32_t tag_orientation = 0x0112;
    Reader read(exif, exif.starts_with('M'));
    const std::size_t folder = read.number(4, 4);
    const std::uint32_t entries = read.number(folder, 2);
    for (std::uint32_t entry = 0; entry < entries && !read.beyond(); ++entry) {
        const std::size_t byte = folder + 2 + std::size_t(entry) * 12;
        if (read.number(byte, 2) == tag_orientation) {
            const std::uint32_t value = read.number(byte + 8, 2);
            return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
        }
    }
    return 1;
}

int webp_orientation(std::string_view bytes) {
    Reader read(bytes, false);
    for (std::size_t byte = 12; byte + 8 <= bytes.size();) {
        const std::size_t length = read.number(byte + 4, 4);
        if (bytes.substr(byte, 4) == "EXIF") {
            std::string_view exif = bytes.substr(byte + 8, length);
            exif.remove_prefix(exif.starts_with("Exif\0\0"sv) ? 6 : 0);  // some programs write JPEG's mark
            return exif_orientation(exif);
        }
        byte += 8 + length + length % 2;
    }
    return 1;
}

int jpeg_orientation(std::string_view bytes) {
    constexpr auto mark = "Exif\0\0"sv;
    Reader read(bytes, true);
    std::size_t byte = 2;
    while (byte + 4 <= bytes.size() && byte_at(bytes, byte) == 0xFF) {
        const std::uint8_t marker = byte_at(bytes, byte + 1);
        const std::size_t length = read.number(byte + 2, 2);
        if (marker == 0xDA || marker == 0xD9 || length < 2) {
            break;
        }
        const std::string_view segment = bytes.substr(byte + 4, length - 2);
        if (marker == 0xE1 && segment.starts_with(mark)) {
            return exif_orientation(segment.substr(mark.size()));
        }
        byte += 2 + length;
    }
    return 1;
}

int png_orientation(std::string_view bytes) {
    Reader read(bytes, true);
    for (std::size_t byte = 8; byte + 8 <= bytes.size();) {
        const std::size_t length = read.number(byte, 4);
        const std::string_view name = bytes.substr(byte + 4, 4);
        if (name == "eXIf") {
            return exif_orientation(bytes.substr(byte + 8, length));
        }
        if (name == "IEND") {
            break;
        }
        byte += 12 + length;
    }
    return 1;
}

int no_orientation(std::string_view) {
    return 1;
}

Size tiff_size(std::string_view bytes) {
    constexpr std::uint32_t tag_width = 256;
    constexpr std::uint32_t tag_height = 257;
    Reader read(bytes, bytes[0] == 'M');
    const std::size_t folder = read.number(4, 4);
    const std::uint32_t entries = read.number(folder, 2);
    Size size;
    for (std::uint32_t entry = 0; entry < entries && !read.beyond(); ++entry) {
        const std::size_t byte = folder + 2 + std::size_t(entry) * 12;
        const std::uint32_t tag = read.number(byte, 2);
        const std::uint32_t value = read.number(byte + 8, read.number(byte + 2, 2) == 3 ? 2 : 4);
        if (tag == tag_width) {
            size.width = value;
        } else if (tag == tag_height) {
            size.height = value;
        }
    }
    return read.beyond() ? Size{} : size;
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

bool looks_like_text(std::string_view bytes) {
    const std::string_view start = bytes.substr(0, 512);
    return !start.empty() && std::all_of(start.begin(), start.end(), [](char letter) {
        const auto value = static_cast<std::uint8_t>(letter);
        return value >= 0x20 || value == '\n' || value == '\r' || value == '\t';
    });
}

/// Names of formats that people have pictures in and that graft does not read.
std::string other_format(std::string_view bytes) {
    constexpr std::array<std::pair<std::string_view, const char*>, 8> magics{{
        {"GIF8", "GIF"},
        {"%PDF", "PDF"},
        {"8BPS", "Photoshop picture"},
        {"PK\x03\x04", "ZIP archive"},
        {"\0\0\0\x0cjP  "sv, "JPEG 2000"},
        {"\xff\x0a", "JPEG XL"},
        {"\0\0\1\0"sv, "ICO"},
        {"\x76\x2f\x31\x01", "OpenEXR"},
    }};
    for (const auto& [magic, name] : magics) {
        if (bytes.starts_with(magic)) {
            return name;
        }
    }
    if (bytes.substr(0, 12).size() == 12 && bytes.substr(4, 4) == "ftyp") {
        const std::string_view brand = bytes.substr(8, 4);
        return brand.starts_with("avi")                              ? "AVIF"
               : brand.starts_with("he") || brand.starts_with("mif") ? "HEIC"
                                                                     : "video";
    }
    return looks_like_text(bytes) ? "text" : "";
}

}  // namespace

ImageHeader read_header(std::string_view bytes) {
    struct Format {
        const char* name;
        Size (*size)(std::string_view);
        int (*orientation)(std::string_view);
        bool recognised;
    };
    const bool is_pnm = bytes.size() > 2 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6' &&
                        std::isspace(byte_at(bytes, 2)) != 0;
    const std::array<Format, 6> formats{{
        {"JPEG", jpeg_size, jpeg_orientation, bytes.starts_with("\xff\xd8\xff")},
        {"PNG", png_size, png_orientation, bytes.starts_with("\x89PNG\r\n\x1a\n")},
        {"BMP", bmp_size, no_orientation, bytes.starts_with("BM")},
        {"WebP", webp_size, webp_orientation,
         bytes.starts_with("RIFF") && bytes.substr(0, 12).ends_with("WEBP")},
        {"TIFF", tiff_size, exif_orientation, bytes.starts_with("II*\0"sv) || bytes.starts_with("MM\0*"sv)},
        {"PNM", pnm_size, no_orientation, is_pnm},
    }};
    for (const Format& format : formats) {
        if (format.recognised) {
            const Size size = format.size(bytes);
            return {format.name, true, size.width, size.height, format.orientation(bytes)};
        }
    }
    return {other_format(bytes)};
}

JpegEnd find_jpeg_end(std::string_view bytes) {
    constexpr int most_scans = 500;  // real progressive files have about ten; each costs a whole pass
    Reader read(bytes, true);
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
            byte += 2 + std::max<std::size_t>(2, read.number(byte + 2, 2));
        }
    }
    return JpegEnd::cut_off;
}

}  // namespace graft::image
