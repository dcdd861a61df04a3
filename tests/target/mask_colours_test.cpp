// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Masks whose classes are colours.
#include <doctest/doctest.h>

#include <opencv2/imgcodecs.hpp>

#include "core/problem.hpp"
#include "support.hpp"
#include "target/kind.hpp"
#include "target/mask_colours.hpp"

using namespace graft;
using namespace graft::target;
using core::Category;
using graft::test::failure_text;

namespace {

TargetSchema coloured(const std::string& colours) {
    TargetSchema schema = mask_target("road", {"ground", "road"});
    schema.properties[mask_colours] = colours;
    return schema;
}

/// A PNG of 1 x 4 pixels; OpenCV's order is blue, green, red.
MaskSource png_of(const cv::Mat& pixels) {
    std::vector<unsigned char> bytes;
    REQUIRE(cv::imencode(".png", pixels, bytes));
    return EncodedImage{{bytes.begin(), bytes.end()}};
}

std::vector<std::uint8_t> classes_of(const TargetSchema& schema, const MaskSource& source) {
    TargetValue value = source;
    kind_of(schema).load(schema, value);
    return std::get<ClassMap>(std::get<MaskSource>(value)).classes;
}

const std::vector<std::uint8_t> wanted{0, 1, 255, 1};

}  // namespace

// Proves: colours become classes in their order, the one behind them what does not count, with or without
// alpha.
TEST_CASE("mask of colours") {
    const TargetSchema schema = coloured("#000000 #804020 #E0E0C0");
    CHECK(schema_problems({schema}).empty());
    const cv::Vec3b road(0x20, 0x40, 0x80);
    const cv::Mat pixels =
        (cv::Mat_<cv::Vec3b>(1, 4) << cv::Vec3b(0, 0, 0), road, cv::Vec3b(0xc0, 0xe0, 0xe0), road);
    CHECK(classes_of(schema, png_of(pixels)) == wanted);
    const cv::Mat clear = (cv::Mat_<cv::Vec4b>(1, 4) << cv::Vec4b(0, 0, 0, 9), cv::Vec4b(0x20, 0x40, 0x80, 0),
                           cv::Vec4b(0xc0, 0xe0, 0xe0, 255), cv::Vec4b(0x20, 0x40, 0x80, 7));
    CHECK(classes_of(schema, png_of(clear)) == wanted);
    // Grey is a colour, too; numbers in memory are classes already.
    const cv::Mat grey = (cv::Mat_<std::uint8_t>(1, 4) << 0, 128, 255, 128);
    CHECK(classes_of(coloured("#000000 #808080 #ffffff"), png_of(grey)) == wanted);
    CHECK(classes_of(schema, ClassMap{4, 1, wanted}) == wanted);
}

// Proves: a palette's colours decide, not its numbers.
TEST_CASE("mask of colours in a palette") {
    // Two pixels of 8 bits: numbers 1 and 0, palette red, black; made with Pillow 11.
    const std::vector<std::uint8_t> file = {
        137, 80, 78,  71,  13,  10,  26,  10,  0,   0,   0,   13, 73, 72, 68, 82,  0,   0,  0,   2,   0, 0,
        0,   1,  1,   3,   0,   0,   0,   206, 236, 237, 201, 0,  0,  0,  6,  80,  76,  84, 69,  128, 0, 0,
        0,   0,  0,   187, 215, 173, 23,  0,   0,   0,   10,  73, 68, 65, 84, 120, 156, 99, 104, 0,   0, 0,
        130, 0,  129, 119, 205, 114, 182, 0,   0,   0,   0,   73, 69, 78, 68, 174, 66,  96, 130};
    CHECK(classes_of(coloured("#000000 #800000"), EncodedImage{file}) == std::vector<std::uint8_t>{0, 1});
}

// Proves: strange colours are told with their counts, most frequent first, and tables that cannot be are
// refused.
TEST_CASE("mask of colours: what no class has") {
    const TargetSchema schema = coloured("#000000 #804020");
    const cv::Mat pixels = (cv::Mat_<cv::Vec3b>(1, 4) << cv::Vec3b(0, 0, 0), cv::Vec3b(1, 2, 3),
                            cv::Vec3b(1, 2, 3), cv::Vec3b(9, 9, 9));
    CHECK(failure_text([&] { classes_of(schema, png_of(pixels)); }, Category::data) ==
          "target 'road' has pixels of colours in its mask that no class has: #030201 at 2, #090909 at 1\n  "
          "add it to "
          "`classes` and `colours`, or as the last of `colours` where it does not count");
    const auto problem = [](const std::string& colours) {
        return schema_problems({coloured(colours)}).at(0);
    };
    CHECK(
        problem("#000000 black") ==
        "target 'road' has 'black' among the colours of its classes; each is another colour such as #800000");
    CHECK(problem("#000000 #000000") ==
          "target 'road' has '#000000' among the colours of its classes; each is another colour such as "
          "#800000");
    CHECK(problem("#000000") ==
          "target 'road' has 1 colours for 2 classes; one more stands for what does not count");
    TargetSchema both = coloured("#000000 #804020");
    both.properties["values"] = "0 255";
    CHECK(schema_problems({both}).at(0) ==
          "target 'road' has both values and colours of its classes; its files have one of them");
}
