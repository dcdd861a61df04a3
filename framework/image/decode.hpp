// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include <opencv2/core/mat.hpp>

#include "graft/dataset.hpp"
#include "image/geometry.hpp"
#include "image/scratch.hpp"

namespace graft::image {

/// More pixels than this are refused before anything is decoded.
inline constexpr std::int64_t most_pixels = 100'000'000;

/// Longer files are not read at all.
inline constexpr std::uint64_t most_file_bytes = std::uint64_t(256) << 20;

/// What is worth knowing of a picture besides its pixels.
struct Traits {
    int orientation = 1;          ///< by EXIF, 1 to 8: how the stored picture was turned to be seen
    bool is_transparent = false;  ///< some pixel is not opaque
    bool has_several = false;     ///< the file holds more frames or pages, which are not read
    int bits = 8;                 ///< 16: of a sample as it is stored
    std::int64_t highest = 0;     ///< the largest sample, where it has 16 bits
};

/// A picture as people see it, and how it was turned to be so.
struct Picture {
    cv::Mat pixels;                      ///< of the original's size, or smaller where that was allowed
    Extent original;                     ///< as people see it
    Matrix reduction = identity_matrix;  ///< maps the original's pixels to those of `pixels`
    std::uint64_t content = 0;           ///< XXH3-64 of the file's bytes, or of pixels in memory
    Traits traits;
};

/// How a picture is read.
struct ReadOptions {
    std::int64_t bits = 0;  ///< that samples of 16 bits use; 0: all 16

    /// Of an original of that extent, how many pixels a pixel's side becomes at most. With it, a JPEG is
    /// decoded at 1/4 or 1/2 of its size where that leaves one and a half pixels for each. Empty: the whole.
    std::function<double(Extent)> scale;
};

/// Reads one picture after the other and keeps its memory between them. One thread at a time.
class PictureReader {
public:
    /// RGB, 8 bits, EXIF orientation applied. The memory of `pixels` is used again by the next call, unless
    /// it is still held then. Like Pillow's convert("RGB"): alpha is dropped, grey is repeated, palettes and
    /// CMYK are resolved; of an animation or a file of pages the first is read. 16 bits keep their upper 8,
    /// or the upper 8 of `bits` where samples use fewer. A difference: Pillow clips grey of 16 bits at 255,
    /// so that all but black becomes white. Throws Failure(data) whose message goes on after the picture's
    /// name: "is a GIF; graft reads ...".
    Picture read(std::string_view bytes, const ReadOptions& options = {});

    /// Reads the file, decodes the bytes or copies the pixels. Throws as above; of a file that is too long or
    /// unreadable the message begins with its path.
    Picture read(const ImageSource& source, const ReadOptions& options = {});

private:
    PictureMemory scratch_;
};

/// One picture, whole. Thread-safety: any thread.
Picture read_picture(std::string_view bytes, std::int64_t bits = 0);
Picture read_picture(const ImageSource& source, std::int64_t bits = 0);

/// `Picture::content` of what is in memory; nothing for a file, whose bytes must be read first.
std::optional<std::uint64_t> content_in_memory(const ImageSource& source);

/// The pixels alone.
cv::Mat decode(std::string_view bytes);
cv::Mat decode(const ImageSource& source);

}  // namespace graft::image
