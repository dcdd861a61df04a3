// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "target/mask_file.hpp"

#include <csetjmp>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <png.h>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "image/decode.hpp"
#include "image/image_header.hpp"
#include "image/png.hpp"

namespace graft::target {
namespace {

[[noreturn]] void refuse(const std::string& reason, const std::string& remedy = "") {
    throw core::Failure(core::Category::data, reason, remedy);
}

/// What libpng reads from, and what it said before it gave up.
struct PngInput {
    std::string_view bytes;
    std::size_t position = 0;
    char error[128] = "";
};

void read_some(png_structp png, png_bytep to, png_size_t count) {
    auto& input = *static_cast<PngInput*>(png_get_io_ptr(png));
    if (count > input.bytes.size() - input.position) {
        png_error(png, "it is cut off");
    }
    std::memcpy(to, input.bytes.data() + input.position, count);
    input.position += count;
}

void keep_error(png_structp png, png_const_charp message) {
    auto& input = *static_cast<PngInput*>(png_get_error_ptr(png));
    std::strncpy(input.error, message, sizeof(input.error) - 1);
    png_longjmp(png, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

/// One PNG being read; libpng's structs are freed however it ends.
class PngReader {
public:
    explicit PngReader(PngInput& input)
        : png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, &input, keep_error, ignore_warning)),
          info_(png_ != nullptr ? png_create_info_struct(png_) : nullptr) {
        if (info_ == nullptr) {
            png_destroy_read_struct(&png_, nullptr, nullptr);
            throw std::bad_alloc();
        }
        png_set_read_fn(png_, &input, read_some);
    }
    PngReader(const PngReader&) = delete;
    PngReader& operator=(const PngReader&) = delete;
    ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }

    /// False where libpng gave up. Nothing here has a destructor, since libpng leaves by longjmp.
    bool read_header() {
        if (setjmp(png_jmpbuf(png_)) != 0) {
            return false;
        }
        png_read_info(png_, info_);
        png_set_packing(png_);  // 1, 2 and 4 bits: a byte each, the number as it is
        passes_ = png_set_interlace_handling(png_);
        png_read_update_info(png_, info_);
        return true;
    }

    bool read_rows(cv::Mat& rows) {
        if (setjmp(png_jmpbuf(png_)) != 0) {
            return false;
        }
        for (int pass = 0; pass < passes_; ++pass) {
            for (int row = 0; row < rows.rows; ++row) {
                png_read_row(png_, rows.ptr(row), nullptr);
            }
        }
        return true;
    }

    int color_type() const { return png_get_color_type(png_, info_); }
    int bits() const { return png_get_bit_depth(png_, info_); }
    int width() const { return static_cast<int>(png_get_image_width(png_, info_)); }
    int height() const { return static_cast<int>(png_get_image_height(png_, info_)); }

private:
    png_structp png_;
    png_infop info_;
    int passes_ = 1;
};

void check_extent(std::int64_t width, std::int64_t height) {
    if (width < 1 || height < 1 || width > image::most_pixels / height) {
        refuse(fmt::format("has a mask of {} x {} pixels; at most {} million are read", width, height,
                           image::most_pixels / 1'000'000));
    }
}

cv::Mat read_png(std::string_view bytes) {
    PngInput input{bytes};
    PngReader reader(input);
    if (!reader.read_header()) {
        refuse(fmt::format("has a damaged mask: {}", input.error));
    }
    const int type = reader.color_type();
    if (type != PNG_COLOR_TYPE_GRAY && type != PNG_COLOR_TYPE_PALETTE) {
        refuse("has a mask in colours; the numbers of its pixels must be classes",
               "save it with a palette, or as grey of 8 bits");
    }
    if (reader.bits() > 8) {
        refuse("has a mask of 16 bits; there are at most 255 classes", "save it as grey of 8 bits");
    }
    check_extent(reader.width(), reader.height());
    cv::Mat rows(reader.height(), reader.width(), CV_8UC1);
    if (!reader.read_rows(rows)) {
        refuse(fmt::format("has a damaged mask: {}", input.error));
    }
    return rows;
}

cv::Mat read_bytes(std::string_view bytes) {
    const image::ImageHeader header = image::read_header(bytes);
    if (header.format == "PNG") {
        return read_png(bytes);
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

}  // namespace

cv::Mat read_mask(const MaskSource& source) {
    if (const auto* path = std::get_if<std::filesystem::path>(&source)) {
        return read_bytes(read_file(*path));
    }
    if (const auto* encoded = std::get_if<EncodedImage>(&source)) {
        return read_bytes({reinterpret_cast<const char*>(encoded->bytes.data()), encoded->bytes.size()});
    }
    return read_map(std::get<ClassMap>(source));
}

std::string encode_mask(const cv::Mat& classes) {
    return image::encode_png(classes);
}

}  // namespace graft::target
