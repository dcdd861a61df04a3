// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "picture_size.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace graft::annotations {
namespace {

constexpr std::size_t head_bytes = std::size_t{1}
                                   << 20;  ///< EXIF and colour profiles stand before a JPEG's size

/// A whole number of some bytes; 0 beyond the end, where nothing has a size.
std::uint32_t number(std::string_view bytes, std::size_t place, std::size_t count, bool big_endian) {
    if (place + count > bytes.size()) {
        return 0;
    }
    std::uint32_t value = 0;
    for (std::size_t index = 0; index < count; ++index) {
        const std::size_t byte = big_endian ? place + index : place + count - 1 - index;
        value = value << 8U | static_cast<std::uint8_t>(bytes[byte]);
    }
    return value;
}

/// Tag 0x0112 of a TIFF's first directory; 1 without it.
std::uint32_t exif_orientation(std::string_view tiff) {
    const bool big = tiff.starts_with("MM");
    const std::size_t directory = number(tiff, 4, 4, big);
    const std::uint32_t entries = number(tiff, directory, 2, big);
    for (std::uint32_t entry = 0; entry < entries; ++entry) {
        const std::size_t place = directory + 2 + 12 * std::size_t{entry};
        if (number(tiff, place, 2, big) == 0x0112) {
            return number(tiff, place + 8, 2, big);
        }
    }
    return 1;
}

PictureSize jpeg_size(std::string_view bytes) {
    bool is_turned = false;
    std::size_t place = 2;
    while (place + 4 <= bytes.size() && bytes[place] == '\xff') {
        const auto marker = static_cast<std::uint8_t>(bytes[place + 1]);
        if (marker == 0xff) {  // filling
            ++place;
            continue;
        }
        const std::size_t length = number(bytes, place + 2, 2, true);
        if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
            PictureSize size{number(bytes, place + 7, 2, true), number(bytes, place + 5, 2, true)};
            if (is_turned) {
                std::swap(size.width, size.height);
            }
            return size;
        }
        const std::string_view content = bytes.substr(std::min(place + 4, bytes.size()), length);
        if (marker == 0xe1 && content.starts_with(std::string_view("Exif\0\0", 6))) {
            is_turned = exif_orientation(content.substr(6)) >= 5;
        }
        place += 2 + std::max<std::size_t>(length, 2);
    }
    return {};
}

PictureSize webp_size(std::string_view bytes) {
    const std::string_view kind = bytes.substr(12, 4);
    if (kind == "VP8X") {
        return {number(bytes, 24, 3, false) + 1, number(bytes, 27, 3, false) + 1};
    }
    if (kind == "VP8L") {
        const std::uint32_t both = number(bytes, 21, 4, false);
        return {(both & 0x3fffU) + 1, (both >> 14U & 0x3fffU) + 1};
    }
    if (kind == "VP8 ") {
        return {number(bytes, 26, 2, false) & 0x3fffU, number(bytes, 28, 2, false) & 0x3fffU};
    }
    return {};
}

/// "P6", comments, width, height.
PictureSize pnm_size(std::string_view bytes) {
    std::string text(bytes.substr(2, 1000));
    for (std::size_t hash = 0; (hash = text.find('#', hash)) != std::string::npos;) {
        text.erase(hash, text.find('\n', hash) - hash);
    }
    std::istringstream words(text);
    PictureSize size;
    words >> size.width >> size.height;
    return words ? size : PictureSize{};
}

PictureSize size_of(std::string_view bytes) {
    if (bytes.starts_with("\xff\xd8")) {
        return jpeg_size(bytes);
    }
    if (bytes.starts_with("\x89PNG")) {
        return {number(bytes, 16, 4, true), number(bytes, 20, 4, true)};
    }
    if (bytes.starts_with("BM")) {  // rows may run from the top: a height below 0
        const auto height = static_cast<std::int32_t>(number(bytes, 22, 4, false));
        return {number(bytes, 18, 4, false), std::abs(std::int64_t{height})};
    }
    if (bytes.size() > 30 && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP") {
        return webp_size(bytes);
    }
    if (bytes.starts_with("P4") || bytes.starts_with("P5") || bytes.starts_with("P6")) {
        return pnm_size(bytes);
    }
    return {};
}

}  // namespace

std::optional<PictureSize> picture_size(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::string bytes(4096, '\0');
    stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(stream.gcount()));
    PictureSize size = size_of(bytes);
    if (size.width < 1 && bytes.starts_with("\xff\xd8") && bytes.size() == 4096) {
        const std::size_t begin = bytes.size();
        bytes.resize(head_bytes);
        stream.read(bytes.data() + begin, static_cast<std::streamsize>(head_bytes - begin));
        bytes.resize(begin + static_cast<std::size_t>(stream.gcount()));
        size = size_of(bytes);
    }
    return size.width > 0 && size.height > 0 ? std::optional(size) : std::nullopt;
}

}  // namespace graft::annotations
