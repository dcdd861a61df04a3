// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/jpeg.hpp"

#include <csetjmp>
#include <cstdint>
#include <cstdio>

#include <jpeglib.h>

#include <jerror.h>

namespace graft::image {
namespace {

/// libjpeg gives up by calling this, which must not return.
struct ErrorManager : jpeg_error_mgr {
    std::jmp_buf gave_up;
};

[[noreturn]] void give_up(j_common_ptr info) {
    std::longjmp(static_cast<ErrorManager*>(info->err)->gave_up, 1);
}

/// libjpeg's own source would go on with an end that is not there.
boolean refuse_more(j_decompress_ptr info) {
    ERREXIT(info, JERR_INPUT_EOF);
    return FALSE;
}

/// a * b / 255, rounded, as Pillow computes it.
int product(int a, int b) {
    const int sum = a * b + 128;
    return ((sum >> 8) + sum) >> 8;
}

/// Adobe stores what ink leaves: 255 is no ink. The three bytes of a pixel move to where its four began or
/// before.
void resolve_inks(std::uint8_t* bytes, std::size_t pixels) {
    std::uint8_t* to = bytes;
    for (const std::uint8_t* from = bytes; from != bytes + 4 * pixels; from += 4, to += 3) {
        const int light = from[3];
        for (int channel = 0; channel < 3; ++channel) {
            to[channel] = static_cast<std::uint8_t>(light - product(255 - from[channel], light));
        }
    }
}

/// One JPEG being read. A fresh object for each, since libjpeg would go on with tables of the file before.
/// Nothing in the functions that call setjmp has a destructor, since libjpeg leaves them by longjmp.
class JpegDecoder {
public:
    JpegDecoder() {
        info_.err = jpeg_std_error(&errors_);
        errors_.error_exit = give_up;
    }
    JpegDecoder(const JpegDecoder&) = delete;
    JpegDecoder& operator=(const JpegDecoder&) = delete;
    ~JpegDecoder() { jpeg_destroy_decompress(&info_); }

    bool begin(std::string_view bytes, int eighths) {
        if (setjmp(errors_.gave_up) != 0) {
            return false;
        }
        jpeg_create_decompress(&info_);
        jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
        info_.src->fill_input_buffer = refuse_more;
        jpeg_read_header(&info_, TRUE);
        info_.out_color_space = info_.num_components == 4 ? JCS_CMYK : JCS_RGB;
        info_.scale_num = static_cast<unsigned int>(eighths);
        info_.scale_denom = 8;
        jpeg_start_decompress(&info_);
        return true;
    }

    bool read_rows(std::uint8_t* rows) {
        if (setjmp(errors_.gave_up) != 0) {
            return false;
        }
        const std::size_t stride = std::size_t(info_.output_width) * components();
        while (info_.output_scanline < info_.output_height) {
            JSAMPROW row = rows + stride * info_.output_scanline;
            jpeg_read_scanlines(&info_, &row, 1);
        }
        return true;
    }

    int rows() const { return static_cast<int>(info_.output_height); }
    std::size_t pixels() const { return std::size_t(info_.output_width) * info_.output_height; }
    std::size_t components() const { return static_cast<std::size_t>(info_.output_components); }

private:
    jpeg_decompress_struct info_{};
    ErrorManager errors_{};
};

}  // namespace

cv::Mat read_jpeg(std::string_view bytes, int eighths, PictureMemory& scratch) {
    JpegDecoder decoder;
    if (!decoder.begin(bytes, eighths)) {
        return {};
    }
    cv::Mat memory = scratch.take(decoder.pixels() * decoder.components());
    if (!decoder.read_rows(memory.data)) {
        return {};
    }
    if (decoder.components() == 4) {
        resolve_inks(memory.data, decoder.pixels());
    }
    return memory.colRange(0, static_cast<int>(3 * decoder.pixels())).reshape(3, decoder.rows());
}

}  // namespace graft::image
