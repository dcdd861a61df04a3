// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "target/value_picture.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include <opencv2/core.hpp>

#include "support.hpp"

using namespace graft;
using namespace graft::target;
using graft::test::schema_of;

// Proves: a value that a data set gives is drawn and said before anything is predicted: points by their side,
// a mask's classes each with the colour that it is drawn in, boxes by their class; what is not known is not
// drawn.
TEST_CASE("values before training") {
    lettering::Lettering lettering;
    const auto said = [](TargetKind kind, const TargetValue& value) {
        std::vector<Caption> lines;
        caption_value(schema_of(kind), value, lines);
        return lines;
    };
    CHECK(said(TargetKind::category, std::int64_t{1}).at(0).text == "species: bee");
    CHECK(said(TargetKind::labels, Labels{true, std::nullopt}).at(0).text == "traits: hat");
    CHECK(said(TargetKind::labels, Labels{false, std::nullopt}).at(0).text == "traits: none");
    CHECK(said(TargetKind::scalar, 31.5).at(0).text == "age: 31.5 years");
    const TargetValue face = Points{Point{5, 5}, Point{15, 5}, std::nullopt};
    CHECK(said(TargetKind::points, face).at(0).text == "face: 2 of 3 points");
    cv::Mat picture(20, 40, CV_8UC3, cv::Scalar::all(0));
    draw_value(schema_of(TargetKind::points), face, {picture, 2, lettering});
    const auto color_near = [&](int x, int y) { return picture.at<cv::Vec3b>(y, x); };
    const auto color = [](Side side) { return cv::Vec3b(cv::Vec4b(color_of_side(side)).val); };
    CHECK(color_near(9, 9) == color(Side::left));
    CHECK(color_near(29, 9) == color(Side::right));
    CHECK(color_near(20, 15) == cv::Vec3b(0, 0, 0));
    ClassMap ground{20, 10, std::vector<std::uint8_t>(200, 0)};
    std::fill_n(ground.classes.begin(), 50, std::uint8_t{1});
    CHECK(said(TargetKind::mask, MaskSource(ground)).at(0).text == "ground: grass 75 %, road 25 %");
    cv::Mat half(10, 20, CV_8UC3, cv::Scalar::all(0));
    draw_value(schema_of(TargetKind::mask), MaskSource(ground), {half, 1, lettering});
    CHECK((keys_of_value(schema_of(TargetKind::mask), MaskSource(ground)) ==
           std::vector<Key>{{"road", color_of_class(1)}}));
    CHECK(half.at<cv::Vec3b>(0, 0) == cv::Vec3b(cv::Vec4b(0.5 * color_of_class(1)).val));
    CHECK(half.at<cv::Vec3b>(9, 0) == cv::Vec3b(0, 0, 0));
    const TargetValue cars = Boxes{Box{2, 2, 8, 6, 1, false}};
    CHECK(said(TargetKind::boxes, cars).at(0).text == "cars: 1 box");
    draw_value(schema_of(TargetKind::boxes), cars, {picture, 2, lettering});
    CHECK(picture.at<cv::Vec3b>(11, 4) == cv::Vec3b(cv::Vec4b(color_of_class(1)).val));
}
