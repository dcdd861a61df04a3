// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/checkpoint.hpp"

#include <doctest/doctest.h>

#include "toys.hpp"

namespace graft::test {
namespace {

const std::vector<train::CheckpointSection> sections{
    {"progress", "{\"epoch\": 3}"}, {"model", std::string("\0\1\2weights", 10)}, {"optimizer", ""}};

std::string damage(const std::string& bytes) {
    return failure_text([&] { train::unpack_sections(bytes, "last"); });
}

}  // namespace

TEST_CASE("sections come back as they went in, in their order") {
    const auto read = train::unpack_sections(train::pack_sections(sections), "last");
    REQUIRE(read.size() == 3);
    for (std::size_t index = 0; index < read.size(); ++index) {
        CHECK(read[index].name == sections[index].name);
        CHECK(read[index].bytes == sections[index].bytes);
    }
    CHECK(train::unpack_sections(train::pack_sections({}), "last").empty());
}

TEST_CASE("every flipped bit of every byte is found") {
    const std::string whole = train::pack_sections(sections);
    for (std::size_t place = 0; place < whole.size(); ++place) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string bytes = whole;
            bytes[place] = static_cast<char>(bytes[place] ^ (1 << bit));
            CAPTURE(place);
            CHECK(damage(bytes) != "");
        }
    }
}

TEST_CASE("every cut is found, and so are bytes too many") {
    const std::string whole = train::pack_sections(sections);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK(damage(whole.substr(0, size)) != "");
    }
    CHECK(damage(whole + "x") == "checkpoint last has 1 bytes after its last section");
}

TEST_CASE("the message names the section") {
    const std::string whole = train::pack_sections(sections);
    std::string bytes = whole;
    bytes[whole.size() - 12] ^= 1;  // 'model' and an empty section end the file
    CHECK(damage(bytes) == "checkpoint last is damaged in section 'progress': the checksum differs");
    bytes = whole;
    bytes.back() ^= 1;
    CHECK(damage(bytes) == "checkpoint last is damaged in section 'model': the checksum differs");
    CHECK(damage(whole.substr(0, whole.size() - 4)) ==
          "checkpoint last is cut off in section 'model': 4 bytes are missing");
    bytes = whole;
    bytes[17] ^= 1;  // in the first name's length
    CHECK(damage(bytes).starts_with("checkpoint last is"));
    CHECK(damage("PK\3\4 something else") ==
          "checkpoint last is no checkpoint of graft: its first bytes are not 'graftckp'");
    bytes = whole;
    bytes[8] = 3;
    CHECK(damage(bytes) == "checkpoint last has format version 3; this graft reads versions 1 and 2");
}

}  // namespace graft::test
