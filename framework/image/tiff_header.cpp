// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/tiff_header.hpp"

#include <map>

#include <fmt/format.h>

#include "image/byte_reader.hpp"

namespace graft::image {
namespace {

using std::string_view_literals::operator""sv;

/// The tags that are read.
namespace tag {
constexpr std::uint64_t width = 256;
constexpr std::uint64_t height = 257;
constexpr std::uint64_t bits = 258;
constexpr std::uint64_t compression = 259;
constexpr std::uint64_t colours = 262;
constexpr std::uint64_t orientation = 274;
constexpr std::uint64_t samples = 277;
constexpr std::uint64_t planar = 284;
constexpr std::uint64_t extra_samples = 338;
constexpr std::uint64_t number_format = 339;
}  // namespace tag

/// How the numbers of a file lie: BigTIFF has longer ones.
struct Layout {
    std::uint64_t count_size = 2;   ///< of the number of entries
    std::uint64_t entry_size = 12;  ///< tag, type, number of values, value or where they lie
    std::uint64_t offset_size = 4;
};

std::uint64_t size_of_type(std::uint64_t type) {
    return type == 3 ? 2 : type == 4 || type == 13 ? 4 : type == 16 || type == 18 ? 8 : 1;
}

/// Where an entry's first value lies.
std::uint64_t value_offset(ByteReader& read, const Layout& layout, std::uint64_t entry) {
    const std::uint64_t place = entry + 4 + layout.offset_size;
    const std::uint64_t bytes =
        size_of_type(read.number(entry + 2, 2)) * read.number(entry + 4, layout.offset_size);
    return bytes > layout.offset_size ? read.number(place, layout.offset_size) : place;
}

void take_entry(TiffHeader& header, std::uint64_t name, std::uint64_t value, std::uint64_t offset) {
    switch (name) {
        case tag::width:
            header.width = static_cast<std::int64_t>(value);
            break;
        case tag::height:
            header.height = static_cast<std::int64_t>(value);
            break;
        case tag::bits:
            header.bits = value;
            break;
        case tag::compression:
            header.compression = value;
            break;
        case tag::colours:
            header.colours = value;
            break;
        case tag::orientation:
            header.orientation = value >= 1 && value <= 8 ? static_cast<int>(value) : 1;  // said, and wrong
            break;
        case tag::samples:
            header.samples = value;
            break;
        case tag::planar:
            header.is_planar = value == 2;
            break;
        case tag::extra_samples:
            header.alpha = value;
            header.alpha_offset = offset;
            break;
        case tag::number_format:
            header.number_format = value;
            break;
        default:
            break;
    }
}

}  // namespace

bool is_tiff(std::string_view bytes) {
    return bytes.starts_with("II*\0"sv) || bytes.starts_with("MM\0*"sv) || bytes.starts_with("II+\0"sv) ||
           bytes.starts_with("MM\0+"sv);
}

TiffHeader read_tiff_header(std::string_view bytes) {
    ByteReader read(bytes, bytes.starts_with('M'));
    const bool is_big = read.number(2, 2) == 43;
    const Layout layout = is_big ? Layout{8, 20, 8} : Layout{};
    const std::uint64_t folder = is_big ? read.number(8, 8) : read.number(4, 4);
    const std::uint64_t entries = read.number(folder, layout.count_size);
    const std::uint64_t first = folder + layout.count_size;
    TiffHeader header;
    for (std::uint64_t index = 0; index < entries && !read.beyond(); ++index) {
        const std::uint64_t entry = first + index * layout.entry_size;
        const std::uint64_t name = read.number(entry, 2);
        ByteReader value(bytes, bytes.starts_with('M'));  // a value that lies beyond the end is none
        const std::uint64_t offset = value_offset(value, layout, entry);
        const std::uint64_t number = value.number(offset, size_of_type(read.number(entry + 2, 2)));
        if (!value.beyond()) {
            take_entry(header, name, number, offset);
        }
    }
    if (read.beyond()) {
        header.width = header.height = 0;
    }
    header.has_several = read.number(first + entries * layout.entry_size, layout.offset_size) != 0;
    return header;
}

std::string compression_name(std::uint64_t compression) {
    static const std::map<std::uint64_t, std::string> names = {
        {1, "nothing"},       {2, "CCITT RLE"},       {3, "CCITT group 3"}, {4, "CCITT group 4"},
        {5, "LZW"},           {6, "old JPEG"},        {7, "JPEG"},          {8, "Deflate"},
        {32773, "PackBits"},  {32809, "ThunderScan"}, {34661, "JBIG"},      {34676, "SGI log"},
        {34712, "JPEG 2000"}, {34887, "LERC"},        {34925, "LZMA"},      {32946, "Deflate"},
        {50000, "Zstandard"}, {50001, "WebP"},        {50002, "JPEG XL"}};
    const auto found = names.find(compression);
    return found == names.end() ? fmt::format("method {}", compression) : found->second;
}

bool has_alpha(const TiffHeader& header) {
    const bool is_grey = header.colours <= 1;
    return (header.alpha == alpha_multiplied || header.alpha == alpha_apart) &&
           header.samples == (is_grey ? 2U : 4U) && (is_grey || header.colours == 2);
}

std::string tiff_refusal(const TiffHeader& header) {
    if (header.number_format == 2) {
        return fmt::format("is a TIFF of signed numbers of {} bits", header.bits);
    }
    if (header.number_format == 3) {
        return fmt::format("is a TIFF of floating-point numbers of {} bits", header.bits);
    }
    if (header.number_format > 4) {
        return "is a TIFF of complex numbers";
    }
    if (header.bits != 1 && header.bits != 8 && header.bits != 16) {
        return fmt::format("is a TIFF of {} bits a sample", header.bits);
    }
    if (header.bits == 16 && header.colours == 5) {
        return "is a TIFF in CMYK of 16 bits";
    }
    if (header.bits == 16 && header.is_planar && header.samples > 1) {
        return "is a TIFF of 16 bits whose colours lie in planes, one after the other";
    }
    if (header.colours >= 8 && header.colours <= 10) {
        return "is a TIFF in CIE L*a*b* colours";
    }
    return "";
}

}  // namespace graft::image
