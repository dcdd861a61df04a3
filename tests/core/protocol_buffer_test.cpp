// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/protocol_buffer.hpp"

#include <doctest/doctest.h>

#include <string>

using graft::core::ProtocolBuffer;

namespace {

ProtocolBuffer with_number(int field, std::int64_t number) {
    return ProtocolBuffer().add_integer(field, number);
}

}  // namespace

// Proves: the wire format by the examples of protobuf's own page on encoding (150 in field 1, "testing" in
// field 2, a message in field 3), and numbers of four and eight bytes by IEEE 754; a negative number takes
// ten bytes, a field above 15 two.
TEST_CASE("messages of protocol buffers") {
    CHECK(with_number(1, 150).bytes() == "\x08\x96\x01");
    CHECK(ProtocolBuffer().add_bytes(2, "testing").bytes() == "\x12\x07testing");
    CHECK(ProtocolBuffer().add_message(3, with_number(1, 150)).bytes() == "\x1a\x03\x08\x96\x01");
    CHECK(ProtocolBuffer().add_float(2, 1.0F).bytes() == std::string("\x15\0\0\x80\x3f", 5));
    CHECK(ProtocolBuffer().add_double(1, -2.0).bytes() == std::string("\x09\0\0\0\0\0\0\0\xc0", 9));
    CHECK(with_number(1, -2).bytes() == "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    CHECK(with_number(16, 0).bytes() == std::string("\x80\x01\0", 3));
    CHECK(with_number(1, 150).add_bytes(2, "testing").bytes() == "\x08\x96\x01\x12\x07testing");
}
