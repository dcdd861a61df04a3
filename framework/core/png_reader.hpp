// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

struct png_struct_def;
struct png_info_def;

namespace graft::core {

/// Reads the numbers of a PNG's pixels as they are stored, a byte each: palette indices, or grey values of 1,
/// 2, 4 or 8 bits, which nobody scales. One thread per object.
class PngReader {
public:
    /// Of bytes that outlive it. Throws std::bad_alloc.
    explicit PngReader(std::string_view bytes);
    PngReader(const PngReader&) = delete;
    PngReader& operator=(const PngReader&) = delete;
    ~PngReader();

    /// Before all else. False where this is no PNG, or a damaged one: `error` says why. `as_colours`: three
    /// bytes a pixel are wanted, RGB, whatever is stored; transparency is left out.
    bool read_header(bool as_colours = false);

    /// After a header of at most 8 bits that has_numbers, or was read as colours: row after row of `width`
    /// bytes, or of three times as many, each `stride` bytes behind the one before. False as above.
    bool read_rows(std::uint8_t* to, std::size_t stride);

    bool has_numbers() const;  ///< it is grey or has a palette
    int bits() const;          ///< of a pixel's number; 16 where they cannot be bytes
    std::uint32_t width() const;
    std::uint32_t height() const;
    const std::string& error() const { return input_.error; }

private:
    /// What libpng reads from, and what it said before it gave up.
    struct Input {
        std::string_view bytes;
        std::size_t position = 0;
        std::string error = {};
    };
    static void read_some(png_struct_def* png, std::uint8_t* to, std::size_t count);
    static void keep_error(png_struct_def* png, const char* message);

    Input input_;
    png_struct_def* png_;
    png_info_def* info_;
    int passes_ = 1;
};

}  // namespace graft::core
