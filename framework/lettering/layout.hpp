// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "lettering/fonts.hpp"

namespace graft::lettering {

struct Glyph {
    std::size_t font = 0;
    std::uint32_t index = 0;  ///< in the font
    double x = 0;             ///< of its origin, from the line's left end, in pixels
    double y = 0;             ///< the same above the baseline
};

/// A line as it is drawn, from left to right.
struct Line {
    std::vector<Glyph> glyphs;
    double width = 0;  ///< pixels
};

/// The code points of UTF-8. What is none becomes U+FFFD, control characters (newlines, too) become spaces.
std::vector<std::uint32_t> code_points(std::string_view text);

/// Whether a character belongs to the one before it: an accent, a joiner.
bool is_mark(std::uint32_t character);

/// "[65E5]": what stands for a character that no font has.
std::vector<std::uint32_t> number_of(std::uint32_t character);

/// Lays out one line whose beginning is on the left, in the first of the fonts that has each character; what
/// no font has is shown by its number, and its script (a hb_script_t) joins `missing`.
Line laid_out(std::string_view text, double size, Fonts& fonts, std::set<std::uint32_t>& missing);

}  // namespace graft::lettering
