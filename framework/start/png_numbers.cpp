// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "start/png_numbers.hpp"

#include <csetjmp>
#include <cstring>
#include <new>
#include <vector>

#include <png.h>

namespace graft::start {
namespace {

constexpr std::uint64_t most_mask_pixels = 100'000'000;

struct MaskBytes {
    const std::string& bytes;
    std::size_t position = 0;
};

void read_mask_bytes(png_structp png, png_bytep to, png_size_t count) {
    auto& input = *static_cast<MaskBytes*>(png_get_io_ptr(png));
    if (count > input.bytes.size() - input.position) {
        png_error(png, "cut off");
    }
    std::memcpy(to, input.bytes.data() + input.position, count);
    input.position += count;
}

void leave(png_structp png, png_const_charp) {
    png_longjmp(png, 1);
}

void pass_over(png_structp, png_const_charp) {}

/// libpng's structs, freed however reading ends. Functions that libpng may leave by longjmp hold nothing that
/// has a destructor.
class NumberReader {
public:
    explicit NumberReader(MaskBytes& input)
        : png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, leave, pass_over)),
          info_(png_ != nullptr ? png_create_info_struct(png_) : nullptr) {
        if (info_ == nullptr) {
            png_destroy_read_struct(&png_, nullptr, nullptr);
            throw std::bad_alloc();
        }
        png_set_read_fn(png_, &input, read_mask_bytes);
    }
    NumberReader(const NumberReader&) = delete;
    NumberReader& operator=(const NumberReader&) = delete;
    ~NumberReader() { png_destroy_read_struct(&png_, &info_, nullptr); }

    bool read_header() {
        if (setjmp(png_jmpbuf(png_)) != 0) {
            return false;
        }
        png_read_info(png_, info_);
        png_set_packing(png_);
        passes_ = png_set_interlace_handling(png_);
        png_read_update_info(png_, info_);
        return true;
    }
    bool read_rows(std::vector<std::uint8_t>& pixels) {
        if (setjmp(png_jmpbuf(png_)) != 0) {
            return false;
        }
        for (int pass = 0; pass < passes_; ++pass) {
            for (png_uint_32 row = 0; row < height(); ++row) {
                png_read_row(png_, pixels.data() + std::size_t{row} * width(), nullptr);
            }
        }
        return true;
    }

    int bits() const { return png_get_bit_depth(png_, info_); }
    int color_type() const { return png_get_color_type(png_, info_); }
    png_uint_32 width() const { return png_get_image_width(png_, info_); }
    png_uint_32 height() const { return png_get_image_height(png_, info_); }

private:
    png_structp png_;
    png_infop info_;
    int passes_ = 1;
};

}  // namespace

std::string count_numbers(const std::string& bytes, NumberCounts& counts) {
    MaskBytes input{bytes};
    NumberReader reader(input);
    if (!reader.read_header()) {
        return "is no PNG, or damaged";
    }
    if (reader.color_type() != PNG_COLOR_TYPE_GRAY && reader.color_type() != PNG_COLOR_TYPE_PALETTE) {
        return "is in colours, but the numbers of its pixels must be classes; save it with a palette, or as "
               "grey of 8 "
               "bits";
    }
    if (reader.bits() > 8) {
        return "has 16 bits; there are at most 255 classes: save it as grey of 8 bits";
    }
    const std::uint64_t size = std::uint64_t{reader.width()} * reader.height();
    if (size > most_mask_pixels) {
        return "is too large";
    }
    std::vector<std::uint8_t> pixels(size);
    if (!reader.read_rows(pixels)) {
        return "is damaged";
    }
    for (const std::uint8_t pixel : pixels) {
        ++counts[pixel];
    }
    return "";
}

}  // namespace graft::start
