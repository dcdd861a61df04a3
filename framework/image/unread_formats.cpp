// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/unread_formats.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>

namespace graft::image {
namespace {

using std::string_view_literals::operator""sv;

/// Bytes at a place of the file.
struct Mark {
    std::size_t offset;
    std::string_view bytes;
    const char* name;
};

constexpr std::array marks = {
    Mark{0, "GIF8", "a GIF"},
    Mark{4, "jP  "sv, "a JPEG 2000"},
    Mark{0, "\xff\x4f\xff\x51", "a JPEG 2000"},
    Mark{0, "\xff\x0a", "a JPEG XL"},
    Mark{4, "JXL "sv, "a JPEG XL"},
    Mark{4, "ftypavi", "an AVIF"},
    Mark{4, "ftyphe", "a HEIC"},
    Mark{4, "ftypmif", "a HEIC"},
    Mark{4, "ftypmsf", "a HEIC"},
    Mark{4, "ftyp", "a video"},
    Mark{0, "\x1a\x45\xdf\xa3", "a video"},
    Mark{8, "AVI ", "a video"},
    Mark{4, "moov", "a video"},
    Mark{0, "%PDF", "a PDF"},
    Mark{0, "%!PS", "a PostScript file"},
    Mark{0, "\xc5\xd0\xd3\xc6", "a PostScript file"},
    Mark{0, "8BPS", "a Photoshop picture"},
    Mark{0, "icns", "an ICNS"},
    Mark{0, "\x76\x2f\x31\x01", "an OpenEXR"},
    Mark{0, "#?RADIANCE", "a Radiance HDR"},
    Mark{0, "#?RGBE", "a Radiance HDR"},
    Mark{0, "DDS ", "a DDS"},
    Mark{0, "\xb1\x68\xde\x3a", "a DCX"},
    Mark{20, "GIMP", "a GIMP brush"},
    Mark{2048, "PCD_", "a Photo CD"},
    Mark{0, "\x80\xe8\0\0"sv, "a PIXAR picture"},
    Mark{0, "\0\0\0\0\0\0\0\4"sv, "a McIDAS area"},
    Mark{0, "Image type:", "an IM picture"},
    Mark{0, "(\0\0\0"sv, "a BMP without its file header (DIB)"},
    Mark{0, "BLP", "a BLP"},
    Mark{0, "FTEX", "an FTEX"},
    Mark{0, "qoif", "a QOI"},
    Mark{0, "SIMPLE  =", "a FITS"},
    Mark{0, "\x01\xda", "an SGI picture"},
    Mark{0, "\x59\xa6\x6a\x95", "a Sun raster"},
    Mark{4, "\x11\xaf", "an FLI animation"},
    Mark{4, "\x12\xaf", "an FLC animation"},
    Mark{0, "/* XPM */", "an XPM"},
    Mark{0, "P7 332", "an XV thumbnail"},
    Mark{0, "P7\n", "a PAM"},
    Mark{0, "PF\n", "a PFM of floating-point numbers"},
    Mark{0, "Pf\n", "a PFM of floating-point numbers"},
    Mark{0, "DanM", "an MSP"},
    Mark{0, "LinS", "an MSP"},
    Mark{0, "\xd7\xcd\xc6\x9a", "a WMF"},
    Mark{40, " EMF", "an EMF"},
    Mark{128, "DICM", "a DICOM"},
    Mark{0, "\x89HDF", "an HDF5 file"},
    Mark{0, "GRIB", "a GRIB file"},
    Mark{0, "BUFR", "a BUFR file"},
    Mark{0, "\x93NUMPY", "a NumPy array"},
    Mark{0, "PK\x03\x04", "a ZIP archive"},
    Mark{0, "\x1f\x8b", "a gzip archive"},
    Mark{0, "Rar!", "a RAR archive"},
    Mark{0, "7z\xbc\xaf", "a 7z archive"},
    Mark{257, "ustar", "a tar archive"},
    Mark{0, "\xd0\xcf\x11\xe0", "an old Office or FlashPix file"},
    Mark{0, "\x8aMNG", "an MNG"},
};

bool has(std::string_view bytes, const Mark& mark) {
    return bytes.size() >= mark.offset + mark.bytes.size() &&
           bytes.substr(mark.offset, mark.bytes.size()) == mark.bytes;
}

/// Formats without a mark of their own. A TGA may begin as an icon does, but for the number of pictures.
bool is_icon(std::string_view bytes, char kind) {
    return bytes.size() > 6 && bytes.starts_with("\0\0"sv) && bytes[2] == kind && bytes[3] == 0 &&
           bytes[4] != 0;
}
bool is_pcx(std::string_view bytes) {
    return bytes.size() > 128 && bytes[0] == '\x0a' && static_cast<std::uint8_t>(bytes[1]) <= 5 &&
           bytes[2] == '\1';
}
bool is_targa(std::string_view bytes) {
    if (bytes.ends_with("TRUEVISION-XFILE.\0"sv)) {
        return true;
    }
    const auto byte_of = [&](std::size_t byte) { return static_cast<std::uint8_t>(bytes[byte]); };
    if (bytes.size() <= 18 || byte_of(1) > 1) {
        return false;
    }
    const int kind = byte_of(2);
    const int depth = byte_of(16);
    const bool is_kind = (kind >= 1 && kind <= 3) || (kind >= 9 && kind <= 11);
    const bool is_depth =
        depth == 1 || depth == 8 || depth == 15 || depth == 16 || depth == 24 || depth == 32;
    return is_kind && is_depth && (byte_of(12) != 0 || byte_of(13) != 0) &&
           (byte_of(14) != 0 || byte_of(15) != 0);
}

bool looks_like_text(std::string_view bytes) {
    const std::string_view start = bytes.substr(0, 512);
    return !start.empty() && std::all_of(start.begin(), start.end(), [](char letter) {
        const auto value = static_cast<std::uint8_t>(letter);
        return value >= 0x20 || value == '\n' || value == '\r' || value == '\t' || value == '\f';
    });
}

}  // namespace

std::string unread_format(std::string_view bytes) {
    for (const Mark& mark : marks) {
        if (has(bytes, mark)) {
            return mark.name;
        }
    }
    if (is_icon(bytes, '\1')) {
        return "an ICO";
    }
    if (is_icon(bytes, '\2')) {
        return "a CUR";
    }
    if (is_pcx(bytes)) {
        return "a PCX";
    }
    if (bytes.starts_with("#define") && bytes.substr(0, 200).find("_width") != std::string_view::npos) {
        return "an XBM";
    }
    if (looks_like_text(bytes)) {
        return bytes.substr(0, 4096).find("<svg") != std::string_view::npos ? "an SVG" : "text";
    }
    return is_targa(bytes) ? "a TGA" : "";
}

}  // namespace graft::image
