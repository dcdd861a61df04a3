// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "data/survey.hpp"

#include <doctest/doctest.h>

using namespace graft;
using namespace graft::data;
using Texts = std::vector<std::string>;

namespace {

image::Preprocess with_bits(std::int64_t bits) {
    image::Preprocess preprocess;
    preprocess.bits = bits;
    return preprocess;
}

image::Traits deep(std::int64_t highest) {
    image::Traits traits;
    traits.bits = 16;
    traits.highest = highest;
    return traits;
}

Texts notes(const Survey& survey, std::int64_t bits = 0, const std::vector<TargetSchema>& targets = {},
            bool says_frame = false) {
    return survey.notes(with_bits(bits), targets, says_frame);
}

}  // namespace

// Proves: a value of 16 bits that uses the lower 12 alone is told with the number that mends it, and not when
// it is said, nor when one picture of many uses them all.
TEST_CASE("upper bits that are never used are told") {
    Survey survey;
    survey.note("flat.png", image::Traits{});
    survey.note("a.png", deep(4095));
    survey.note("b.png", deep(2047));
    CHECK(notes(survey) == Texts{"2 of 3 pictures (a.png, b.png) have 16 bits and never use the upper 4: "
                                 "their largest value is 4095 of "
                                 "65535, so they look black; data.image.bits: 12 takes that as the whole "
                                 "range (16 keeps them as they "
                                 "are)"});
    CHECK(notes(survey, 12).empty());
    CHECK(notes(survey, 16).empty());
    survey.note("c.png", deep(40'000));
    CHECK(notes(survey).empty());
    CHECK(survey.note_of_unused_bits(12).empty());
    Survey flat;
    flat.note("flat.png", image::Traits{});
    CHECK(flat.note_of_unused_bits(12) ==
          "data.image.bits is 12, but none of the 1 pictures has 16 bits: it changes nothing");
    CHECK(flat.note_of_unused_bits(0).empty());
}

// Proves: transparency is told once, with a count and a few names, when it is in more than a few pictures.
TEST_CASE("transparent pictures are told once") {
    image::Traits clear;
    clear.is_transparent = true;
    Survey survey;
    for (const char* name : {"a.png", "b.png", "c.png", "d.png"}) {
        survey.note(name, clear);
    }
    CHECK(notes(survey) ==
          Texts{"4 of 4 pictures (a.png, b.png, c.png, ...) are transparent in places: the colours that lie "
                "hidden "
                "there are used as they are; draw them on a background beforehand if that is not meant"});
    for (int number = 0; number < 100; ++number) {
        survey.note("opaque.png", image::Traits{});
    }
    CHECK(notes(survey).empty());
}

// Proves: pictures that EXIF turns are named where places lie in them and nobody said in which frame.
TEST_CASE("turned pictures are named where places lie in them") {
    image::Traits turned;
    turned.orientation = 6;
    Survey survey;
    survey.note("a.jpg", turned);
    survey.note("b.jpg", image::Traits{});
    const std::vector<TargetSchema> classes = {category_target("species", {"cat", "dog"})};
    CHECK(notes(survey, 0, classes).empty());
    std::vector<TargetSchema> places = {points_target("points", 2), boxes_target("things", {"it"})};
    CHECK(notes(survey, 0, places) ==
          Texts{"1 of 2 pictures (a.jpg) are turned by their EXIF orientation, and the places of points, "
                "things are "
                "taken as those of the picture as people see it; where they belong to the pixels as they are "
                "stored, "
                "write data.orientation: stored (data.orientation: seen says that they do not)"});
    CHECK(notes(survey, 0, places, true).empty());
    for (TargetSchema& target : places) {
        target.frame = Frame::stored;  // the data set knows
    }
    CHECK(notes(survey, 0, places).empty());
}

// Proves: animations and files of several pages are told once.
TEST_CASE("files of several frames are told once") {
    image::Traits animated;
    animated.has_several = true;
    Survey survey;
    survey.note("a.webp", animated);
    CHECK(notes(survey) == Texts{"1 of 1 pictures (a.webp) hold several frames or pages: the first is used"});
}
