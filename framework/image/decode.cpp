// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/decode.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/files.hpp"
#include "core/hash.hpp"
#include "core/problem.hpp"
#include "image/bmp.hpp"
#include "image/codecs.hpp"
#include "image/image_header.hpp"
#include "image/jpeg.hpp"
#include "image/tiff_header.hpp"
#include "image/webp.hpp"

namespace graft::image {
namespace {

[[noreturn]] void refuse(const std::string& reason, const std::string& remedy = "") {
    throw core::Failure(core::Category::data, reason, remedy);
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
    ImageHeader header = read_header(bytes);
    if (header.format.empty() && header.unread.empty()) {
        refuse(fmt::format("is no picture that graft knows; it reads {}", readable_formats));
    }
    if (header.format.empty()) {
        refuse(fmt::format("is {}; graft reads {}", header.unread, readable_formats),
               "convert it, or take it out of the folder");
    }
    check_size(header.width, header.height);
    if (!header.refusal.empty()) {
        refuse(header.refusal, "convert it, or take it out of the folder");
    }
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

/// Whether left and right (top and bottom) change places, after the diagonal where the orientation is 5 to 8.
bool mirrors_columns(int orientation) {
    return orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
}
bool mirrors_rows(int orientation) {
    return orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
}

/// Turns what was stored with an orientation of EXIF 2.3 upright.
void turn(cv::Mat& picture, int orientation) {
    if (orientation >= 5) {
        cv::transpose(picture, picture);
    }
    const bool columns = mirrors_columns(orientation);
    const bool rows = mirrors_rows(orientation);
    if (columns || rows) {
        cv::flip(picture, picture, columns && rows ? -1 : columns ? 1 : 0);
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

std::string_view bytes_of(const EncodedImage& encoded) {
    return {reinterpret_cast<const char*>(encoded.bytes.data()), encoded.bytes.size()};
}

std::string read_bytes(const std::filesystem::path& path) {
    if (path.empty() || path.native().find('\0') != std::string::npos) {
        refuse(path.empty() ? "a picture was named by an empty text"
                            : "has a byte 0 in its name, as no file can");
    }
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (status.type() == std::filesystem::file_type::none) {
        refuse("cannot be looked up: " + error.message());
    }
    if (!std::filesystem::exists(status)) {
        refuse("does not exist");
    }
    if (!std::filesystem::is_regular_file(status)) {
        refuse("is no file");
    }
    return core::read_file(path, most_file_bytes);
}

/// OpenCV says no more than that it could not.
[[noreturn]] void refuse_undecodable(std::string_view bytes, const std::string& format) {
    constexpr std::array<std::uint64_t, 9> usual = {1, 2, 3, 4, 5, 7, 8, 32773, 32946};
    const std::uint64_t compression = format == "TIFF" ? read_tiff_header(bytes).compression : usual.front();
    if (std::find(usual.begin(), usual.end(), compression) == usual.end()) {
        refuse(fmt::format("is a TIFF compressed by {}, which cannot be read here",
                           compression_name(compression)),
               "save it uncompressed or by LZW or Deflate");
    }
    if (format == "BMP") {
        refuse("is a BMP whose run lengths do not fit its size");
    }
    refuse(fmt::format("is a damaged {}: it cannot be decoded", format));
}

cv::Mat decode_by_opencv(std::string_view bytes, int mode, const std::string& format) {
    cv::Mat picture;
    try {
        picture = opencv_decode(bytes, mode);
    } catch (const cv::Exception& error) {
        refuse(fmt::format("cannot be decoded: {}", error.err));
    }
    if (picture.empty()) {
        refuse_undecodable(bytes, format);
    }
    return picture;
}

/// The frame on its canvas. A frame that reaches beyond it is damaged.
cv::Mat decode_first_frame(std::string_view bytes, const ImageHeader& header) {
    const std::optional<WebpFrame> frame = first_frame(bytes);
    if (!frame) {
        refuse("is a damaged WebP: an animation without a frame");
    }
    const ImageHeader inner = read_header(frame->file);
    if (frame->left + inner.width > header.width || frame->top + inner.height > header.height) {
        refuse("is a damaged WebP: its first frame lies outside of the picture");
    }
    cv::Mat pixels = decode_by_opencv(frame->file, cv::IMREAD_UNCHANGED, header.format);
    if (pixels.channels() == 3) {
        cv::cvtColor(pixels, pixels, cv::COLOR_BGR2BGRA);
    }
    cv::Mat canvas(static_cast<int>(header.height), static_cast<int>(header.width), CV_8UC4,
                   cv::Scalar::all(0));
    const cv::Rect place(static_cast<int>(frame->left), static_cast<int>(frame->top), pixels.cols,
                         pixels.rows);
    if ((place & cv::Rect(0, 0, canvas.cols, canvas.rows)) != place) {
        refuse("is a damaged WebP: its first frame lies outside of the picture");
    }
    pixels.copyTo(canvas(place));
    return canvas;
}

cv::Mat upper_bytes(const cv::Mat& deep, std::int64_t shift) {
    cv::Mat bytes(deep.rows, deep.cols, CV_MAKETYPE(CV_8U, deep.channels()));
    for (int row = 0; row < deep.rows; ++row) {
        const auto* from = deep.ptr<std::uint16_t>(row);
        std::transform(from, from + static_cast<std::ptrdiff_t>(deep.cols) * deep.channels(),
                       bytes.ptr<std::uint8_t>(row),
                       [shift](std::uint16_t sample) { return static_cast<std::uint8_t>(sample >> shift); });
    }
    return bytes;
}

/// Undoes what multiplied colours by alpha, as Pillow's "RGBa" to "RGBA".
void divide_by_alpha(cv::Mat& picture) {
    for (int row = 0; row < picture.rows; ++row) {
        for (cv::Vec4b* pixel = picture.ptr<cv::Vec4b>(row);
             pixel != picture.ptr<cv::Vec4b>(row) + picture.cols; ++pixel) {
            const int alpha = (*pixel)[3];
            for (int channel = 0; channel < 3 && alpha != 0; ++channel) {
                (*pixel)[channel] = cv::saturate_cast<std::uint8_t>(255 * (*pixel)[channel] / alpha);
            }
        }
    }
}

/// A TIFF with alpha. OpenCV multiplies colours by it, unless the file says that this was done.
cv::Mat decode_tiff_with_alpha(std::string_view bytes) {
    const TiffHeader header = read_tiff_header(bytes);
    std::string changed(bytes);
    const std::size_t low_byte = header.alpha_offset + (bytes.starts_with('M') ? 1 : 0);
    if (low_byte >= changed.size()) {
        refuse("is a damaged TIFF: its header is cut off");
    }
    changed[low_byte] = static_cast<char>(alpha_multiplied);
    cv::Mat picture = decode_by_opencv(changed, cv::IMREAD_UNCHANGED, "TIFF");
    if (header.alpha == alpha_multiplied && picture.channels() == 4) {
        picture = picture.depth() == CV_16U ? upper_bytes(picture, 8) : picture;
        divide_by_alpha(picture);
    }
    return picture;
}

/// As OpenCV reads it, all bits and, where pixels may be transparent, alpha kept; not turned, but for TIFF,
/// which OpenCV turns whatever it is told.
cv::Mat decode_stored(std::string_view bytes, const ImageHeader& header) {
    if (header.format == "WebP" && header.has_several) {
        return decode_first_frame(bytes, header);
    }
    if (header.format == "BMP") {
        const BmpHeader bmp = read_bmp_header(bytes);
        return is_run_length_coded(bmp) ? decode_by_opencv(bytes, cv::IMREAD_COLOR, header.format)
                                        : read_bmp(bytes, bmp);
    }
    if (header.format == "TIFF" && header.may_be_transparent) {
        return decode_tiff_with_alpha(bytes);
    }
    if (header.may_be_transparent) {
        return decode_by_opencv(bytes, cv::IMREAD_UNCHANGED, header.format);
    }
    int mode = cv::IMREAD_COLOR | cv::IMREAD_ANYDEPTH;
    mode |= header.format == "TIFF" ? 0 : cv::IMREAD_IGNORE_ORIENTATION;
    return decode_by_opencv(bytes, mode, header.format);
}

/// Drops alpha; grey is repeated.
cv::Mat as_rgb(const cv::Mat& stored, Traits& traits) {
    cv::Mat rgb;
    if (stored.channels() == 4) {
        cv::Mat alpha;
        cv::extractChannel(stored, alpha, 3);
        double least = 0;
        cv::minMaxLoc(alpha, &least);
        traits.is_transparent = least < (stored.depth() == CV_16U ? 65535 : 255);
        cv::cvtColor(stored, rgb, cv::COLOR_BGRA2RGB);
    } else if (stored.channels() == 1) {
        cv::cvtColor(stored, rgb, cv::COLOR_GRAY2RGB);
    } else {
        cv::cvtColor(stored, rgb, cv::COLOR_BGR2RGB);
    }
    return rgb;
}

/// The upper 8 of the bits that samples use.
cv::Mat as_bytes(const cv::Mat& deep, std::int64_t bits, Traits& traits) {
    double highest = 0;
    cv::minMaxLoc(deep.reshape(1), nullptr, &highest);
    traits.bits = 16;
    traits.highest = static_cast<std::int64_t>(highest);
    const std::int64_t used = bits == 0 ? 16 : bits;
    if (traits.highest >> used != 0) {
        refuse(
            fmt::format("has a sample of {}, but data.image.bits says that samples have {} bits, at most {}",
                        traits.highest, used, (1 << used) - 1),
            "correct data.image.bits, or take the picture out");
    }
    return upper_bytes(deep, used - 8);
}

/// Of a JPEG, when a pixel's side becomes `scale` pixels. libjpeg has vector code for 4/8 and 2/8 alone: 5/8
/// to 7/8 take about as long as the whole, and 3/8 saves nothing over 4/8; 1/8 saves little and knows nothing
/// but the blocks' means.
int eighths_for(double scale) {
    constexpr double pixels_left = 1.5;  // with fewer, what is sharp aliases (docs/decisions.md has figures)
    for (const int eighths : {2, 4}) {
        if (8 * scale * pixels_left <= eighths) {
            return eighths;
        }
    }
    return 8;
}

void decode_jpeg(std::string_view bytes, const ImageHeader& header, const ReadOptions& options,
                 PictureMemory& scratch, Picture& picture) {
    const bool lies = header.orientation >= 5;
    picture.original = {lies ? header.width : header.height, lies ? header.height : header.width};
    const int eighths = options.scale ? eighths_for(options.scale(picture.original)) : 8;
    const auto reduced = [&](std::int64_t side) { return (side * eighths + 7) / 8; };
    cv::Mat& pixels = picture.pixels;
    pixels = read_jpeg(bytes, eighths, scratch);
    if (pixels.empty() || pixels.cols != reduced(header.width) || pixels.rows != reduced(header.height)) {
        refuse_undecodable(bytes, header.format);
    }
    turn(pixels, header.orientation);
    // The last pixel may reach beyond the picture; where the picture was mirrored it comes first.
    const double scale = eighths / 8.0;
    const auto beyond = [&](std::int64_t side) {
        return static_cast<double>(reduced(side)) - scale * static_cast<double>(side);
    };
    picture.reduction = scale_and_shift(
        scale, scale, mirrors_columns(header.orientation) ? beyond(picture.original.width) : 0,
        mirrors_rows(header.orientation) ? beyond(picture.original.height) : 0);
}

}  // namespace

Picture PictureReader::read(std::string_view bytes, const ReadOptions& options) {
    const ImageHeader header = checked_header(bytes);
    Picture picture;
    picture.content = core::hash64(bytes);
    picture.traits.orientation = header.orientation;
    picture.traits.has_several = header.has_several;
    if (header.format == "JPEG") {
        decode_jpeg(bytes, header, options, scratch_, picture);
        return picture;
    }
    cv::Mat& pixels = picture.pixels;
    pixels = as_rgb(decode_stored(bytes, header), picture.traits);
    if (pixels.depth() == CV_16U) {
        pixels = as_bytes(pixels, options.bits, picture.traits);
    }
    if (pixels.depth() != CV_8U) {
        refuse(fmt::format("is a {} of numbers that graft does not read", header.format));
    }
    if (header.format != "TIFF") {
        turn(pixels, header.orientation);
    }
    check_size(pixels.cols, pixels.rows);
    picture.original = {pixels.rows, pixels.cols};
    return picture;
}

Picture PictureReader::read(const ImageSource& source, const ReadOptions& options) {
    if (const auto* path = std::get_if<std::filesystem::path>(&source)) {
        return read(std::string_view(read_bytes(*path)), options);
    }
    if (const auto* encoded = std::get_if<EncodedImage>(&source)) {
        return read(bytes_of(*encoded), options);
    }
    const auto& pixels = std::get<RgbImage>(source);
    Picture picture;
    picture.pixels = copy_pixels(pixels);
    picture.original = {pixels.height, pixels.width};
    picture.content = *content_in_memory(source);
    return picture;
}

Picture read_picture(std::string_view bytes, std::int64_t bits) {
    return PictureReader().read(bytes, {bits, {}});
}

Picture read_picture(const ImageSource& source, std::int64_t bits) {
    return PictureReader().read(source, {bits, {}});
}

std::optional<std::uint64_t> content_in_memory(const ImageSource& source) {
    if (const auto* encoded = std::get_if<EncodedImage>(&source)) {
        return core::hash64(bytes_of(*encoded));
    }
    if (const auto* pixels = std::get_if<RgbImage>(&source)) {
        return core::hash64({reinterpret_cast<const char*>(pixels->pixels.data()), pixels->pixels.size()},
                            static_cast<std::uint64_t>(pixels->width));
    }
    return std::nullopt;
}

cv::Mat decode(std::string_view bytes) {
    return read_picture(bytes).pixels;
}

cv::Mat decode(const ImageSource& source) {
    return read_picture(source).pixels;
}

}  // namespace graft::image
