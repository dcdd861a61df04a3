// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "start/png_numbers.hpp"

#include <vector>

#include "core/png_reader.hpp"

namespace graft::start {
namespace {

constexpr std::uint64_t most_mask_pixels = 100'000'000;

}  // namespace

std::string count_numbers(const std::string& bytes, NumberCounts& counts) {
    core::PngReader reader(bytes);
    if (!reader.read_header()) {
        return "is no PNG, or damaged";
    }
    if (!reader.has_numbers()) {
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
    if (!reader.read_rows(pixels.data(), reader.width())) {
        return "is damaged";
    }
    for (const std::uint8_t pixel : pixels) {
        ++counts[pixel];
    }
    return "";
}

}  // namespace graft::start
