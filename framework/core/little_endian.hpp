// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>

namespace graft::core {

/// The lowest `count` bytes of a whole number of at least 32 bits, the lowest first. Any thread.
template <class Number>
std::string little_endian(Number number, std::size_t count = sizeof(Number)) {
    std::string bytes;
    for (std::size_t index = 0; index < count; ++index) {
        bytes += static_cast<char>(number >> (8 * index) & 0xFF);
    }
    return bytes;
}

}  // namespace graft::core
