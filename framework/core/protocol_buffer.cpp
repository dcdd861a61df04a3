// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/protocol_buffer.hpp"

#include <bit>

#include "core/little_endian.hpp"

namespace graft::core {
namespace {

/// Wire types.
constexpr int varint_type = 0;
constexpr int eight_bytes = 1;
constexpr int with_length = 2;
constexpr int four_bytes = 5;

}  // namespace

void ProtocolBuffer::varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
        bytes_ += static_cast<char>((value & 0x7F) | 0x80);
    }
    bytes_ += static_cast<char>(value);
}

void ProtocolBuffer::tag(int field, int wire_type) {
    varint(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(wire_type));
}

ProtocolBuffer& ProtocolBuffer::add_integer(int field, std::int64_t value) {
    tag(field, varint_type);
    varint(static_cast<std::uint64_t>(value));
    return *this;
}

ProtocolBuffer& ProtocolBuffer::add_double(int field, double value) {
    tag(field, eight_bytes);
    bytes_ += little_endian(std::bit_cast<std::uint64_t>(value));
    return *this;
}

ProtocolBuffer& ProtocolBuffer::add_float(int field, float value) {
    tag(field, four_bytes);
    bytes_ += little_endian(std::bit_cast<std::uint32_t>(value));
    return *this;
}

ProtocolBuffer& ProtocolBuffer::add_bytes(int field, std::string_view bytes) {
    tag(field, with_length);
    varint(bytes.size());
    bytes_ += bytes;
    return *this;
}

ProtocolBuffer& ProtocolBuffer::add_message(int field, const ProtocolBuffer& message) {
    return add_bytes(field, message.bytes());
}

}  // namespace graft::core
