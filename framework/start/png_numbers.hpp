// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace graft::start {

/// How many pixels have each number, in a PNG with a palette or grey of at most 8 bits.
using NumberCounts = std::array<std::uint64_t, 256>;

/// Adds the pixels of a PNG. Returns why it is no mask, to go on after its name; empty: it is one.
std::string count_numbers(const std::string& bytes, NumberCounts& counts);

}  // namespace graft::start
