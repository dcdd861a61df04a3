// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/orientation.hpp"

#include <algorithm>
#include <iterator>
#include <string>

#include <zlib.h>

#include "image/byte_reader.hpp"
#include "image/tiff_header.hpp"

namespace graft::image {
namespace {

using std::string_view_literals::operator""sv;

constexpr auto exif_mark = "Exif\0\0"sv;

/// What was said so far; 0: nothing. EXIF comes before XMP, wherever it stands.
struct Said {
    int exif = 0;
    int xmp = 0;
    int texts = 0;  ///< that were unpacked: a file of nothing else would take for ever

    int orientation() const {
        const int said = exif != 0 ? exif : xmp;
        return said >= 1 && said <= 8 ? said : 1;
    }
};

void take_exif(std::string_view exif, Said& said) {
    exif.remove_prefix(exif.starts_with(exif_mark) ? exif_mark.size() : 0);
    said.exif = said.exif != 0 ? said.exif : read_tiff_header(exif).orientation;
}

void take_xmp(std::string_view xmp, Said& said) {
    constexpr auto name = "tiff:Orientation"sv;
    const std::size_t found = xmp.find(name);
    std::string_view value = found == std::string_view::npos ? "" : xmp.substr(found + name.size());
    value.remove_prefix(value.starts_with("=\"") ? 2 : value.starts_with(">") ? 1 : value.size());
    said.xmp = !value.empty() && value[0] >= '1' && value[0] <= '8' ? value[0] - '0' : said.xmp;
}

/// What follows the zero byte that ends a keyword.
std::string_view after_zero(std::string_view text) {
    const std::size_t zero = text.find('\0');
    return zero == std::string_view::npos ? "" : text.substr(zero + 1);
}

std::string inflated(std::string_view packed) {
    std::string text(std::size_t(1) << 20, '\0');  // EXIF has at most 64 KB, twice as many in hexadecimal
    uLongf size = text.size();
    const int result = uncompress(reinterpret_cast<Bytef*>(text.data()), &size,
                                  reinterpret_cast<const Bytef*>(packed.data()), packed.size());
    text.resize(result == Z_OK ? size : 0);
    return text;
}

int hexadecimal(char letter) {
    return letter >= '0' && letter <= '9'   ? letter - '0'
           : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
           : letter >= 'A' && letter <= 'F' ? letter - 'A' + 10
                                            : -1;
}

/// ImageMagick's "Raw profile": an empty line, a name, a length, then hexadecimal digits in lines.
std::string raw_profile(std::string_view text) {
    for (int line = 0; line < 3; ++line) {
        const std::size_t end = text.find('\n');
        text = end == std::string_view::npos ? "" : text.substr(end + 1);
    }
    std::string digits;
    std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
                 [](char letter) { return hexadecimal(letter) >= 0; });
    std::string bytes;
    for (std::size_t place = 0; place + 1 < digits.size(); place += 2) {
        bytes += static_cast<char>(16 * hexadecimal(digits[place]) + hexadecimal(digits[place + 1]));
    }
    return bytes;
}

/// A chunk of text: zTXt is packed, iTXt may be.
void take_png_text(std::string_view name, std::string_view chunk, Said& said) {
    constexpr int most_texts = 8;
    const std::string_view keyword = chunk.substr(0, chunk.find('\0'));
    const std::string_view rest = after_zero(chunk);
    if ((keyword == "Raw profile type exif" || keyword == "XML:com.adobe.xmp") && ++said.texts > most_texts) {
        return;
    }
    if (keyword == "Raw profile type exif" && name != "iTXt") {
        const std::string text =
            name == "zTXt" && !rest.empty() ? inflated(rest.substr(1)) : std::string(rest);
        take_exif(raw_profile(text), said);
    } else if (keyword == "XML:com.adobe.xmp" && name == "iTXt" && rest.size() > 2) {
        const std::string_view text = after_zero(after_zero(rest.substr(2)));
        take_xmp(rest[0] == '\1' ? inflated(text) : std::string(text), said);
    }
}

}  // namespace

int jpeg_orientation(std::string_view bytes) {
    constexpr auto xmp_mark = "http://ns.adobe.com/xap/1.0/\0"sv;
    ByteReader read(bytes, true);
    Said said;
    std::size_t byte = 2;
    while (byte + 4 <= bytes.size() && bytes[byte] == '\xff') {
        const std::uint64_t marker = read.number(byte + 1, 1);
        const std::size_t length = read.number(byte + 2, 2);
        if (marker == 0xDA || marker == 0xD9 || length < 2) {
            break;
        }
        const std::string_view segment = bytes.substr(byte + 4, length - 2);
        if (marker == 0xE1 && segment.starts_with(exif_mark)) {
            take_exif(segment, said);
        } else if (marker == 0xE1 && segment.starts_with(xmp_mark)) {
            take_xmp(segment, said);
        }
        byte += 2 + length;
    }
    return said.orientation();
}

int png_orientation(std::string_view bytes) {
    ByteReader read(bytes, true);
    Said said;
    for (std::size_t byte = 8; byte + 8 <= bytes.size();) {
        const std::size_t length = read.number(byte, 4);
        const std::string_view name = bytes.substr(byte + 4, 4);
        const std::string_view chunk = bytes.substr(byte + 8, length);
        if (name == "eXIf") {
            take_exif(chunk, said);
        } else if (name == "tEXt" || name == "zTXt" || name == "iTXt") {
            take_png_text(name, chunk, said);
        }
        byte += 12 + length;
    }
    return said.orientation();
}

int webp_orientation(std::string_view bytes) {
    ByteReader read(bytes, false);
    Said said;
    for (std::size_t byte = 12; byte + 8 <= bytes.size();) {
        const std::size_t length = read.number(byte + 4, 4);
        const std::string_view name = bytes.substr(byte, 4);
        const std::string_view chunk = bytes.substr(byte + 8, length);
        if (name == "EXIF") {
            take_exif(chunk, said);  // some programs write JPEG's mark before it
        } else if (name == "XMP ") {
            take_xmp(chunk, said);
        }
        byte += 8 + length + length % 2;
    }
    return said.orientation();
}

int tiff_orientation(std::string_view bytes) {
    Said said;
    take_exif(bytes, said);
    return said.orientation();
}

}  // namespace graft::image
