// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// libpng leaves by longjmp where it gives up: functions that it may leave so hold nothing that has a
// destructor.
#include "core/png_reader.hpp"

#include <csetjmp>
#include <cstring>
#include <new>

#include <png.h>

namespace graft::core {

void PngReader::read_some(png_structp png, png_bytep to, png_size_t count) {
    auto& input = *static_cast<Input*>(png_get_io_ptr(png));
    if (count > input.bytes.size() - input.position) {
        png_error(png, "it is cut off");
    }
    std::memcpy(to, input.bytes.data() + input.position, count);
    input.position += count;
}

void PngReader::keep_error(png_structp png, png_const_charp message) {
    static_cast<Input*>(png_get_error_ptr(png))->error = message;
    png_longjmp(png, 1);
}

PngReader::PngReader(std::string_view bytes)
    : input_{bytes},
      png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, &input_, keep_error,
                                  [](png_structp, const char*) {})),
      info_(png_ != nullptr ? png_create_info_struct(png_) : nullptr) {
    if (info_ == nullptr) {
        png_destroy_read_struct(&png_, nullptr, nullptr);
        throw std::bad_alloc();
    }
    png_set_read_fn(png_, &input_, read_some);
}

PngReader::~PngReader() {
    png_destroy_read_struct(&png_, &info_, nullptr);
}

bool PngReader::read_header(bool as_colours) {
    if (setjmp(png_jmpbuf(png_)) != 0) {
        return false;
    }
    png_read_info(png_, info_);
    png_set_packing(png_);  // 1, 2 and 4 bits: a byte each, the number as it is
    if (as_colours) {
        png_set_expand(png_);
        png_set_strip_alpha(png_);
        png_set_gray_to_rgb(png_);
    }
    passes_ = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
}

bool PngReader::read_rows(std::uint8_t* to, std::size_t stride) {
    if (setjmp(png_jmpbuf(png_)) != 0) {
        return false;
    }
    for (int pass = 0; pass < passes_; ++pass) {
        for (std::uint32_t row = 0; row < height(); ++row) {
            png_read_row(png_, to + row * stride, nullptr);
        }
    }
    return true;
}

bool PngReader::has_numbers() const {
    const int type = png_get_color_type(png_, info_);
    return type == PNG_COLOR_TYPE_GRAY || type == PNG_COLOR_TYPE_PALETTE;
}

int PngReader::bits() const {
    return png_get_bit_depth(png_, info_);
}

std::uint32_t PngReader::width() const {
    return png_get_image_width(png_, info_);
}

std::uint32_t PngReader::height() const {
    return png_get_image_height(png_, info_);
}

}  // namespace graft::core
