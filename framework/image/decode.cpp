// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/decode.hpp"

#include <filesystem>
#include <mutex>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/files.hpp"
#include "core/hash.hpp"
#include "core/problem.hpp"
#include "image/image_header.hpp"

namespace graft::image {
namespace {

[[noreturn]] void refuse(const std::string& reason, const std::string& remedy = "") {
    throw core::Failure(core::Category::data, reason, remedy);
}

/// The loader's threads work on a whole picture each; threads of OpenCV's own would only compete with them.
void quiet_opencv() {
    static std::once_flag once;
    std::call_once(once, [] { cv::setNumThreads(0); });
}

void check_size(std::int64_t width, std::int64_t height) {
    if (width <= 0 || height <= 0) {
        refuse("is damaged: its header gives no size");
    }
    if (width > most_pixels / height) {
        refuse(fmt::format("has {} x {} pixels; at most {} million are decoded", width, height,
                           most_pixels / 1'000'000),
               "make it smaller");
    }
}

/// Throws for what should not be decoded.
ImageHeader checked_header(std::string_view bytes) {
    if (bytes.empty()) {
        refuse("is empty (0 bytes)");
    }
    const ImageHeader header = read_header(bytes);
    if (header.format.empty()) {
        refuse(fmt::format("is no picture that graft knows; it reads {}", readable_formats));
    }
    if (!header.decodable) {
        const bool vowel = header.format == "ICO" || header.format == "OpenEXR" || header.format == "AVIF";
        refuse(fmt::format("is {}{}; graft reads {}",
                           header.format == "text" ? ""
                           : vowel                 ? "an "
                                                   : "a ",
                           header.format, readable_formats),
               "convert it, or take it out of the folder");
    }
    check_size(header.width, header.height);
    if (header.format == "JPEG") {
        const JpegEnd end = find_jpeg_end(bytes);
        if (end == JpegEnd::cut_off) {
            refuse("is cut off: the end of the JPEG is missing");
        }
        if (end == JpegEnd::too_many_scans) {
            refuse("is a JPEG of more than 500 scans, which no camera writes");
        }
    }
    return header;
}

/// Turns what was stored with an orientation of EXIF 2.3 upright.
void turn(cv::Mat& picture, int orientation) {
    if (orientation >= 5) {
        cv::transpose(picture, picture);
    }
    if (orientation == 2 || orientation == 6) {
        cv::flip(picture, picture, 1);  // left and right
    } else if (orientation == 4 || orientation == 8) {
        cv::flip(picture, picture, 0);  // top and bottom
    } else if (orientation == 3 || orientation == 7) {
        cv::flip(picture, picture, -1);
    }
}

cv::Mat copy_pixels(const RgbImage& image) {
    check_size(image.width, image.height);
    if (image.pixels.size() != static_cast<std::size_t>(3 * image.width * image.height)) {
        refuse(fmt::format("has {} bytes of pixels, but {} x {} RGB pixels are {}", image.pixels.size(),
                           image.width, image.height, 3 * image.width * image.height));
    }
    const cv::Mat view(static_cast<int>(image.height), static_cast<int>(image.width), CV_8UC3,
                       const_cast<std::uint8_t*>(image.pixels.data()));  // cloned before anyone can write
    return view.clone();
}

std::string read_bytes(const std::filesystem::path& path) {
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) {
        refuse("does not exist");
    }
    if (!std::filesystem::is_regular_file(status)) {
        refuse("is no file");
    }
    return core::read_file(path, most_file_bytes);
}

}  // namespace

Picture read_picture(std::string_view bytes) {
    quiet_opencv();
    const ImageHeader header = checked_header(bytes);
    // Turned here by what our header says, so that pixels and `orientation` never disagree; only OpenCV's
    // reader of TIFF turns whatever it is told.
    const bool is_tiff = header.format == "TIFF";
    const int mode = is_tiff ? cv::IMREAD_COLOR : cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION;
    cv::Mat picture;
    try {
        const cv::Mat buffer(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
        picture = cv::imdecode(buffer, mode);
    } catch (const cv::Exception& error) {
        refuse(fmt::format("cannot be decoded: {}", error.err));
    }
    if (picture.empty()) {
        refuse(fmt::format("is a damaged {}: it cannot be decoded", header.format));
    }
    if (!is_tiff) {
        turn(picture, header.orientation);
    }
    check_size(picture.cols, picture.rows);
    cv::cvtColor(picture, picture, cv::COLOR_BGR2RGB);
    return {picture, header.orientation, core::hash64(bytes)};
}

Picture read_picture(const ImageSource& source) {
    if (const auto* path = std::get_if<std::filesystem::path>(&source)) {
        return read_picture(std::string_view(read_bytes(*path)));
    }
    if (const auto* encoded = std::get_if<EncodedImage>(&source)) {
        return read_picture(
            std::string_view(reinterpret_cast<const char*>(encoded->bytes.data()), encoded->bytes.size()));
    }
    const auto& pixels = std::get<RgbImage>(source);
    const std::string_view bytes(reinterpret_cast<const char*>(pixels.pixels.data()), pixels.pixels.size());
    return {copy_pixels(pixels), 1, core::hash64(bytes)};
}

cv::Mat decode(std::string_view bytes) {
    return read_picture(bytes).pixels;
}

cv::Mat decode(const ImageSource& source) {
    return read_picture(source).pixels;
}

}  // namespace graft::image
