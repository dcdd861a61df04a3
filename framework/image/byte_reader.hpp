// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace graft::image {

/// Reads numbers out of bytes; beyond the end it reads 0 and remembers.
class ByteReader {
public:
    ByteReader(std::string_view bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

    /// `size`: at most 8 bytes.
    std::uint64_t number(std::uint64_t offset, std::uint64_t size) {
        if (offset > bytes_.size() || size > bytes_.size() - offset) {
            beyond_ = true;
            return 0;
        }
        std::uint64_t value = 0;
        for (std::uint64_t byte = 0; byte < size; ++byte) {
            const std::uint64_t place = offset + (big_endian_ ? byte : size - 1 - byte);
            value = (value << 8) | static_cast<std::uint8_t>(bytes_[place]);
        }
        return value;
    }
    /// `size`: at most 4 bytes.
    std::uint32_t small(std::uint64_t offset, std::uint64_t size) {
        return static_cast<std::uint32_t>(number(offset, size));
    }
    bool beyond() const { return beyond_; }

private:
    std::string_view bytes_;
    bool big_endian_;
    bool beyond_ = false;
};

}  // namespace graft::image
