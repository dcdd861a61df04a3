// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/number_text.hpp"

#include <doctest/doctest.h>

#include <cstdint>

using graft::core::number_of_text;

// Proves: a number is the whole text or none at all, and one that the type cannot hold is none.
TEST_CASE("numbers of texts") {
    CHECK(number_of_text<std::int64_t>("-12") == -12);
    CHECK(number_of_text<std::uint8_t>("255") == 255);
    CHECK(number_of_text<double>("-1.5e3") == -1500);
    CHECK(number_of_text<std::uint32_t>("80ff00", 16) == 0x80FF00);
    for (const char* text : {"", " 1", "1 ", "+1", "1.0", "1x", "0x1", "one", "-"}) {
        CAPTURE(text);
        CHECK_FALSE(number_of_text<std::int64_t>(text));
    }
    CHECK_FALSE(number_of_text<std::uint8_t>("256"));
    CHECK_FALSE(number_of_text<std::size_t>("-1"));
    CHECK_FALSE(number_of_text<std::int64_t>("9223372036854775808"));
    CHECK_FALSE(number_of_text<double>("1e999"));
    CHECK_FALSE(number_of_text<double>("1,5"));
}
