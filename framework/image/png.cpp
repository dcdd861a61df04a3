// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/png.hpp"

#include <fmt/format.h>
#include <png.h>

#include "core/problem.hpp"

namespace graft::image {

std::string encode_png(const cv::Mat& picture) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(picture.cols);
    image.height = static_cast<png_uint_32>(picture.rows);
    image.format = picture.channels() == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    image.flags = PNG_IMAGE_FLAG_FAST;  // half of the time, for a file that is a little longer
    std::string bytes(PNG_IMAGE_PNG_SIZE_MAX(image), '\0');
    png_alloc_size_t size = bytes.size();
    if (png_image_write_to_memory(&image, bytes.data(), &size, 0, picture.data,
                                  static_cast<png_int_32>(picture.step), nullptr) == 0) {
        throw core::Failure(core::Category::internal,
                            fmt::format("a picture cannot be encoded as PNG: {}", image.message));
    }
    bytes.resize(size);
    return bytes;
}

}  // namespace graft::image
