// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "start/png_numbers.hpp"

#include <vector>

#include "core/png_reader.hpp"

namespace graft::start {
namespace {

constexpr std::uint64_t most_mask_pixels = 100'000'000;
constexpr std::size_t most_colours = 256;  ///< more are no classes

std::string read_pixels(const std::string& bytes, bool as_colours, std::vector<std::uint8_t>& pixels) {
    core::PngReader reader(bytes);
    if (!reader.read_header(as_colours)) {
        return "is no PNG, or damaged";
    }
    if (reader.bits() > 8) {
        return "has 16 bits; there are at most 255 classes: save it as grey of 8 bits";
    }
    const std::uint64_t size = std::uint64_t{reader.width()} * reader.height();
    if (size > most_mask_pixels) {
        return "is too large";
    }
    const std::size_t channels = as_colours ? 3 : 1;
    pixels.resize(size * channels);
    return reader.read_rows(pixels.data(), reader.width() * channels) ? "" : "is damaged";
}

}  // namespace

bool is_in_colours(const std::string& bytes) {
    core::PngReader reader(bytes);
    return reader.read_header() && !reader.has_numbers();
}

std::string count_numbers(const std::string& bytes, NumberCounts& counts) {
    std::vector<std::uint8_t> pixels;
    if (std::string wrong = read_pixels(bytes, /*as_colours=*/false, pixels); !wrong.empty()) {
        return wrong;
    }
    for (const std::uint8_t pixel : pixels) {
        ++counts[pixel];
    }
    return "";
}

std::string count_colours(const std::string& bytes, ColourCounts& counts) {
    std::vector<std::uint8_t> pixels;
    if (std::string wrong = read_pixels(bytes, /*as_colours=*/true, pixels); !wrong.empty()) {
        return wrong;
    }
    for (std::size_t place = 0; place + 2 < pixels.size(); place += 3) {
        const std::uint32_t colour = static_cast<std::uint32_t>(pixels[place]) << 16U |
                                     static_cast<std::uint32_t>(pixels[place + 1]) << 8U | pixels[place + 2];
        if (++counts[colour] == 1 && counts.size() > most_colours) {
            return "and those before it have more than 256 colours; a colour is to be a class, so save masks "
                   "without soft edges, and without the picture in them";
        }
    }
    return "";
}

}  // namespace graft::start
