// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Bytes of event files. That TensorBoard itself reads them is tried in tests/tools/tensorboard_test.py.
#include <doctest/doctest.h>

#include <string>

#include "report/event_file.hpp"

using namespace graft::report;

namespace {

std::string hex(const std::string& bytes) {
    static constexpr const char* digits = "0123456789abcdef";
    std::string text;
    for (const char byte : bytes) {
        text += digits[static_cast<unsigned char>(byte) >> 4];
        text += digits[static_cast<unsigned char>(byte) & 0xF];
    }
    return text;
}

}  // namespace

// Proves: the checksums of RFC 3720, appendix B.4, and of the nine digits.
TEST_CASE("CRC-32C") {
    CHECK(crc32c("") == 0);
    CHECK(crc32c("123456789") == 0xE3069283);
    CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AA);
    CHECK(crc32c(std::string(32, '\xFF')) == 0x62A8AB43);
    std::string rising;
    for (char byte = 0; byte < 32; ++byte) {
        rising += byte;
    }
    CHECK(crc32c(rising) == 0x46DD794E);
}

// Proves: a frame is length, checksum of the length, bytes, checksum of the bytes, little-endian, and the
// checksums are turned by 15 bits to the right and raised by 0xA282EAD8: worked out by hand from E3069283.
TEST_CASE("frames") {
    const std::string frame = framed("123456789");
    REQUIRE(frame.size() == 8 + 4 + 9 + 4);
    CHECK(hex(frame.substr(0, 8)) == "0900000000000000");
    CHECK(frame.substr(12, 9) == "123456789");
    // E3069283 turned is (E3069283 >> 15) | (E3069283 << 17) = 0001C60D | 25060000 = 2507C60D; raised:
    // C78AB0E5.
    CHECK(hex(frame.substr(21)) == "e5b08ac7");
}

// Proves: messages come out of a file as they went in; what is cut off or damaged ends it.
TEST_CASE("messages of a file") {
    const std::string file = framed("one") + framed("") + framed("three");
    const std::vector<std::string> all = {"one", "", "three"};
    CHECK(messages_in(file) == all);
    CHECK(messages_in(file.substr(0, file.size() - 1)) == std::vector<std::string>{"one", ""});
    std::string damaged = file;
    damaged[12] = 'O';
    CHECK(messages_in(damaged).empty());
    damaged = file;
    damaged[6] = 1;  // a length beyond any file
    CHECK(messages_in(damaged).empty());
    CHECK(messages_in("").empty());
}
