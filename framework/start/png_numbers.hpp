// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

namespace graft::start {

/// How many pixels have each number, in PNGs with a palette or grey of at most 8 bits.
using NumberCounts = std::array<std::uint64_t, 256>;

/// How many pixels have each colour (0xRRGGBB), in PNGs of any kind of at most 8 bits.
using ColourCounts = std::map<std::uint32_t, std::uint64_t>;

/// Whether a PNG has colours of its own, and no numbers; false for what is no PNG.
bool is_in_colours(const std::string& bytes);

// Each adds the pixels of a PNG, and returns why it is no mask, to go on after its name; empty: it is one.
std::string count_numbers(const std::string& bytes, NumberCounts& counts);
std::string count_colours(const std::string& bytes, ColourCounts& counts);

}  // namespace graft::start
