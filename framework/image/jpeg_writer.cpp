// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/jpeg_writer.hpp"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>

#include <jpeglib.h>

#include "core/problem.hpp"

namespace graft::image {
namespace {

/// libjpeg gives up by calling this, which must not return.
struct WriteErrors : jpeg_error_mgr {
    std::jmp_buf gave_up;
};

[[noreturn]] void give_up_writing(j_common_ptr info) {
    std::longjmp(static_cast<WriteErrors*>(info->err)->gave_up, 1);
}

/// One JPEG being written. Nothing in `write` has a destructor, since libjpeg leaves it by longjmp.
class JpegEncoder {
public:
    JpegEncoder() {
        info_.err = jpeg_std_error(&errors_);
        errors_.error_exit = give_up_writing;
    }
    JpegEncoder(const JpegEncoder&) = delete;
    JpegEncoder& operator=(const JpegEncoder&) = delete;
    ~JpegEncoder() {
        jpeg_destroy_compress(&info_);
        std::free(bytes_);  // NOLINT: libjpeg's own malloc
    }

    bool write(const unsigned char* first_row, std::size_t row_bytes, int width, int height, int quality) {
        if (setjmp(errors_.gave_up) != 0) {  // NOLINT(cert-err52-cpp): libjpeg knows no other way
            return false;
        }
        jpeg_create_compress(&info_);
        jpeg_mem_dest(&info_, &bytes_, &size_);
        info_.image_width = static_cast<JDIMENSION>(width);
        info_.image_height = static_cast<JDIMENSION>(height);
        info_.input_components = 3;
        info_.in_color_space = JCS_RGB;
        jpeg_set_defaults(&info_);
        jpeg_set_quality(&info_, quality, TRUE);
        info_.optimize_coding = TRUE;
        jpeg_start_compress(&info_, TRUE);
        while (info_.next_scanline < info_.image_height) {
            auto* row =
                const_cast<JSAMPROW>(first_row + info_.next_scanline * row_bytes);  // NOLINT: not written
            jpeg_write_scanlines(&info_, &row, 1);
        }
        jpeg_finish_compress(&info_);
        return true;
    }

    std::string bytes() const { return {reinterpret_cast<const char*>(bytes_), size_}; }

private:
    jpeg_compress_struct info_{};
    WriteErrors errors_{};
    unsigned char* bytes_ = nullptr;
    unsigned long size_ = 0;
};

}  // namespace

std::string encode_jpeg(const cv::Mat& picture, int quality) {
    if (picture.type() != CV_8UC3 || picture.empty()) {
        throw core::Failure(core::Category::internal, "only a picture in RGB, 8 bits, becomes a JPEG");
    }
    JpegEncoder encoder;
    if (!encoder.write(picture.ptr(), picture.step, picture.cols, picture.rows, quality)) {
        throw core::Failure(core::Category::system, "too little memory to write a JPEG");
    }
    return encoder.bytes();
}

}  // namespace graft::image
