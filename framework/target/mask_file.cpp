// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "target/mask_file.hpp"

#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/png_reader.hpp"
#include "core/problem.hpp"
#include "image/decode.hpp"
#include "image/image_header.hpp"
#include "image/png.hpp"

namespace graft::target {
namespace {

[[noreturn]] void refuse(const std::string& reason, const std::string& remedy = "") {
    throw core::Failure(core::Category::data, reason, remedy);
}

void check_extent(std::int64_t width, std::int64_t height) {
    if (width < 1 || height < 1 || width > image::most_pixels / height) {
        refuse(fmt::format("has a mask of {} x {} pixels; at most {} million are read", width, height,
                           image::most_pixels / 1'000'000));
    }
}

cv::Mat read_png(std::string_view bytes, bool as_colours) {
    core::PngReader reader(bytes);
    if (!reader.read_header(as_colours)) {
        refuse(fmt::format("has a damaged mask: {}", reader.error()));
    }
    if (!as_colours && !reader.has_numbers()) {
        refuse(
            "has a mask in colours; the numbers of its pixels must be classes",
            "save it with a palette, or as grey of 8 bits; or tell the colours of the classes, by the option "
            "`colours` of mask_folder");
    }
    if (reader.bits() > 8) {
        refuse("has a mask of 16 bits; there are at most 255 classes", "save it as grey of 8 bits");
    }
    check_extent(reader.width(), reader.height());
    cv::Mat rows(static_cast<int>(reader.height()), static_cast<int>(reader.width()),
                 as_colours ? CV_8UC3 : CV_8UC1);
    if (!reader.read_rows(rows.data, rows.step[0])) {
        refuse(fmt::format("has a damaged mask: {}", reader.error()));
    }
    return rows;
}

cv::Mat read_bytes(std::string_view bytes, bool as_colours) {
    const image::ImageHeader header = image::read_header(bytes);
    if (header.format == "PNG") {
        return read_png(bytes, as_colours);
    }
    // Other formats are scaled, inverted or coloured on their way to pixels: their numbers are not the
    // classes.
    refuse(fmt::format("has a mask that is {}; masks are PNG", !header.format.empty()   ? "a " + header.format
                                                               : !header.unread.empty() ? header.unread
                                                                                        : "no picture"),
           header.format == "JPEG" ? "JPEG blends the numbers of neighbouring pixels; save it as PNG"
                                   : "save it as PNG, with a palette or grey of 8 bits");
}

cv::Mat read_map(const ClassMap& map) {
    check_extent(map.width, map.height);
    if (map.classes.size() != static_cast<std::size_t>(map.width * map.height)) {
        refuse(fmt::format("has a mask of {} numbers, but {} x {} pixels are {}", map.classes.size(),
                           map.width, map.height, map.width * map.height));
    }
    return cv::Mat(static_cast<int>(map.height), static_cast<int>(map.width), CV_8UC1,
                   const_cast<std::uint8_t*>(map.classes.data()))  // cloned before anyone can write
        .clone();
}

std::string read_file(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
        refuse(fmt::format("has a mask '{}' that is no file", path.string()));
    }
    return core::read_file(path, image::most_file_bytes);
}

cv::Mat read_either(const MaskSource& source, bool as_colours) {
    if (const auto* path = std::get_if<std::filesystem::path>(&source)) {
        return read_bytes(read_file(*path), as_colours);
    }
    if (const auto* encoded = std::get_if<EncodedImage>(&source)) {
        return read_bytes({reinterpret_cast<const char*>(encoded->bytes.data()), encoded->bytes.size()},
                          as_colours);
    }
    if (as_colours) {
        refuse("has a mask of numbers, which have no colours");
    }
    return read_map(std::get<ClassMap>(source));
}

}  // namespace

cv::Mat read_mask(const MaskSource& source) {
    return read_either(source, /*as_colours=*/false);
}

cv::Mat read_mask_colours(const MaskSource& source) {
    return read_either(source, /*as_colours=*/true);
}

std::string encode_mask(const cv::Mat& classes) {
    return image::encode_png(classes);
}

}  // namespace graft::target
