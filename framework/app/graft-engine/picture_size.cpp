// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "picture_size.hpp"

#include <filesystem>
#include <string_view>
#include <variant>

#include "core/files.hpp"
#include "image/image_header.hpp"

namespace graft::engine {
namespace {

PictureSize size_of_bytes(std::string_view bytes) {
    const image::ImageHeader header = image::read_header(bytes);
    const bool is_turned = header.orientation >= 5;
    const auto width = static_cast<double>(header.width);
    const auto height = static_cast<double>(header.height);
    return is_turned ? PictureSize(height, width) : PictureSize(width, height);
}

}  // namespace

PictureSize size_of(const ImageSource& source) {
    if (const auto* path = std::get_if<std::filesystem::path>(&source)) {
        const core::MappedFile file(*path);
        return size_of_bytes(
            std::string_view(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()));
    }
    if (const auto* encoded = std::get_if<EncodedImage>(&source)) {
        return size_of_bytes(
            std::string_view(reinterpret_cast<const char*>(encoded->bytes.data()), encoded->bytes.size()));
    }
    const RgbImage& pixels = std::get<RgbImage>(source);
    return {static_cast<double>(pixels.width), static_cast<double>(pixels.height)};
}

}  // namespace graft::engine
