// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/duration.hpp"

#include <doctest/doctest.h>

#include <string>

using graft::core::duration_text;
using graft::core::seconds_of_text;

// Proves, by hand: each unit, fractions, one space before the unit, and 0 without one.
TEST_CASE("durations are read with their units") {
    CHECK(seconds_of_text("90s") == 90);
    CHECK(seconds_of_text("30min") == 1800);
    CHECK(seconds_of_text("1.5h") == 5400);
    CHECK(seconds_of_text("2 d") == 172'800);
    CHECK(seconds_of_text("0") == 0);
    CHECK(seconds_of_text("0h") == 0);
}

// Proves: what is no duration is none, be it without a unit, with another, below zero or beyond all bounds.
TEST_CASE("what is no duration") {
    for (const char* text : {"", "90", "h", "2hours", "2m", "-1h", "1e3s", "nan s", "inf h", "4000d", "2h ",
                             " 2h", "2  h", "2h30min", "0x10s"}) {
        CAPTURE(text);
        CHECK_FALSE(seconds_of_text(text));
    }
}

// Proves: the largest unit of which there is one, three digits.
TEST_CASE("durations are written in one unit") {
    CHECK(duration_text(0.25) == "0.25 s");
    CHECK(duration_text(59) == "59 s");
    CHECK(duration_text(1800) == "30 min");
    CHECK(duration_text(5400) == "1.5 h");
    CHECK(duration_text(172'800) == "2 d");
}
