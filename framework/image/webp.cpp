// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/webp.hpp"

#include <algorithm>

#include "core/little_endian.hpp"
#include "image/byte_reader.hpp"

namespace graft::image {
namespace {

constexpr std::uint64_t flag_animation = 0x02;
constexpr std::uint64_t flag_alpha = 0x10;
constexpr std::size_t frame_header = 16;  // bytes of an ANMF before its own chunks

using core::little_endian;

std::string_view chunk_name(std::string_view bytes, std::size_t begin) {
    return begin <= bytes.size() ? bytes.substr(begin, 4) : std::string_view();
}

std::uint64_t flags(std::string_view bytes) {
    return chunk_name(bytes, 12) == "VP8X" ? ByteReader(bytes, false).number(20, 1) : 0;
}

/// A file of the chunks of a frame. One with a chunk of its own for alpha needs a header that says so.
std::string file_of(std::string_view chunks, std::uint64_t width, std::uint64_t height) {
    std::string body = "WEBP";
    if (chunks.starts_with("ALPH")) {
        body += "VP8X" + little_endian(10, 4) + little_endian(flag_alpha, 4) + little_endian(width - 1, 3) +
                little_endian(height - 1, 3);
    }
    body += chunks;
    return "RIFF" + little_endian(body.size(), 4) + body;
}

}  // namespace

bool is_animated(std::string_view bytes) {
    return (flags(bytes) & flag_animation) != 0;
}

bool may_be_transparent(std::string_view bytes) {
    const bool lossless = chunk_name(bytes, 12) == "VP8L";
    return (flags(bytes) & flag_alpha) != 0 ||
           (lossless && (ByteReader(bytes, false).number(24, 1) & 0x10) != 0);
}

std::optional<WebpFrame> first_frame(std::string_view bytes) {
    ByteReader read(bytes, false);
    for (std::uint64_t begin = 12; begin + 8 <= bytes.size();) {
        const std::uint64_t length = read.number(begin + 4, 4);
        if (chunk_name(bytes, begin) == "ANMF" && length > frame_header) {
            const std::uint64_t frame = begin + 8;
            const auto place = [&](std::uint64_t offset) { return read.number(frame + offset, 3); };
            const std::string_view chunks = bytes.substr(
                std::min<std::uint64_t>(frame + frame_header, bytes.size()), length - frame_header);
            return WebpFrame{file_of(chunks, place(6) + 1, place(9) + 1),
                             static_cast<std::int64_t>(2 * place(0)),
                             static_cast<std::int64_t>(2 * place(3))};
        }
        begin += 8 + length + length % 2;
    }
    return std::nullopt;
}

}  // namespace graft::image
