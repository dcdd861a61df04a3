// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What `graft predict` says of a picture, in the original's pixels: numbers, captions, drawings.
#include <doctest/doctest.h>

#include <ATen/ATen.h>
#include <opencv2/core.hpp>

#include "support.hpp"

using namespace graft;
using namespace graft::target;
using graft::test::schema_of;
using Texts = std::vector<std::string>;

namespace {

/// An answer for a picture of 20 x 10 pixels that filled an input of 10 x 10: half as wide.
Answer answer_of(TargetKind kind, const at::Tensor& values) {
    Answer answer;
    answer.schema = schema_of(kind);
    answer.values = values;
    answer.matrix = image::scale_and_shift(0.5, 1, 0, 0);
    answer.original = {10, 20};
    return answer;
}

core::Json json_of(const Answer& answer, const MaskWriter& write_mask = {}) {
    return kind_of(answer.schema).to_json(answer, write_mask);
}

Texts captions(const Answer& answer, const TargetValue* truth = nullptr, std::size_t classes = 2) {
    std::vector<Caption> lines;
    kind_of(answer.schema).caption(answer, truth, classes, lines);
    Texts texts;
    for (const Caption& line : lines) {
        texts.push_back(line.text);
    }
    return texts;
}

at::Tensor boxes_of(const std::vector<double>& numbers) {
    return at::tensor(numbers, at::kDouble).to(at::kFloat).view({-1, 6});
}

/// Probabilities of a mask whose left part is road.
at::Tensor road_on_the_left(std::int64_t columns) {
    at::Tensor road = at::zeros({10, 10});
    road.slice(1, 0, columns).fill_(0.75);
    return at::stack({1 - road, road});
}

}  // namespace

// Proves: classes with their probabilities, the likeliest first; a truth that is another is named.
TEST_CASE("answers of categories and labels") {
    const Answer species = answer_of(TargetKind::category, at::tensor({0.25, 0.625, 0.125}));
    CHECK(json_of(species) == core::Json{{"class", "bee"},
                                         {"probability", 0.625},
                                         {"probabilities", {{"ant", 0.25}, {"bee", 0.625}, {"cat", 0.125}}}});
    CHECK(captions(species) == Texts{"bee 62 %", "ant 25 %"});
    const TargetValue cat = std::int64_t{2};
    CHECK(captions(species, &cat, 1) == Texts{"bee 62 %, truth: cat"});
    const Answer traits = answer_of(TargetKind::labels, at::tensor({0.75, 0.25}));
    CHECK(json_of(traits) == core::Json{{"probabilities", {{"hat", 0.75}, {"beard", 0.25}}}});
    CHECK(captions(traits) == Texts{"hat"});
    const TargetValue both = Labels{true, true};
    CHECK(captions(traits, &both) == Texts{"hat, truth: hat, beard"});
}

// Proves: points and boxes are moved back into the original picture; boxes come best first, cut at its sides,
// without those that are none, of no class, or beside it.
TEST_CASE("answers that lie in the picture") {
    const Answer face =
        answer_of(TargetKind::points, at::tensor({1.0, 2.0, 5.0, 5.0, -1.0, 3.0}).view({3, 2}));
    CHECK(json_of(face) == core::Json{{2.0, 2.0}, {10.0, 5.0}, {-2.0, 3.0}});
    const TargetValue known = Points{Point{2, 5}, std::nullopt, Point{-2, 4}};
    CHECK(captions(face, &known) == Texts{"face off by 2.0 pixels"});
    const Answer cars = answer_of(TargetKind::boxes, boxes_of({1,  2, 3,  4, 0, 0.25,  //
                                                               4,  5, 30, 8, 1, 0.75,  //
                                                               1,  1, 2,  2, 0, -1,    //
                                                               1,  1, 2,  2, 2, 0.5,   //
                                                               11, 1, 12, 2, 0, 0.5}));
    CHECK(json_of(cars) ==
          core::Json::array({{{"box", {8.0, 5.0, 20.0, 8.0}}, {"class", "bus"}, {"score", 0.75}},
                             {{"box", {2.0, 2.0, 6.0, 4.0}}, {"class", "car"}, {"score", 0.25}}}));
    const TargetValue three = Boxes(3, Box{0, 0, 1, 1, 0, false});
    CHECK(captions(cars) == Texts{"cars: 1 found"});
    CHECK(captions(cars, &three) == Texts{"cars: 1 found, truth: 3"});
    CHECK(json_of(answer_of(TargetKind::boxes, at::zeros({0, 6}))) == core::Json::array());
}

// Proves: a mask is written in the original's size, and its shares are told.
TEST_CASE("answers of masks") {
    const Answer ground = answer_of(TargetKind::mask, road_on_the_left(4));
    cv::Mat written;
    const core::Json json = json_of(ground, [&](const cv::Mat& classes) {
        written = classes.clone();
        return std::string("0001.png");
    });
    CHECK(json == core::Json{{"file", "0001.png"}, {"classes", {{"grass", 0.6}, {"road", 0.4}}}});
    REQUIRE(written.size() == cv::Size(20, 10));
    for (int x = 0; x < 20; ++x) {
        CHECK(written.at<std::uint8_t>(9, x) == (x < 8 ? 1 : 0));
    }
    CHECK(json_of(ground).at("file") == "");
    CHECK(captions(ground) == Texts{"grass 60 %", "road 40 %"});
    ClassMap truth{20, 10, std::vector<std::uint8_t>(200, 0)};
    std::fill_n(truth.classes.begin(), 100, std::uint8_t{255});
    const TargetValue known = MaskSource(truth);
    CHECK(captions(ground, &known, 1) == Texts{"grass 60 %", "60 % of the pixels are right"});
}

// Proves: numbers as they are.
TEST_CASE("answers of numbers") {
    CHECK(json_of(answer_of(TargetKind::tensor, at::tensor({1.0, 2.5}))) == core::Json{1.0, 2.5});
    CHECK(json_of(answer_of(TargetKind::embedding, at::tensor({0.5, -1.0}))) ==
          core::Json{{"vector", {0.5, -1.0}}});
    CHECK(captions(answer_of(TargetKind::embedding, at::zeros({4}))) ==
          Texts{"vector: a vector of 4 numbers"});
}

// Proves: boxes and masks are drawn where they are, in a picture that is shown larger.
TEST_CASE("drawings") {
    const Answer cars = answer_of(TargetKind::boxes, boxes_of({1, 2, 3, 4, 0, 0.9, 5, 5, 9, 9, 0, 0.2}));
    lettering::Lettering letters;
    cv::Mat picture(20, 40, CV_8UC3, cv::Scalar::all(0));  // twice the original
    kind_of(TargetKind::boxes).draw(cars, nullptr, {picture, 2, letters});
    const cv::Vec3b black(0, 0, 0);
    CHECK(picture.at<cv::Vec3b>(4, 4) != black);
    CHECK(picture.at<cv::Vec3b>(7, 11) != black);
    CHECK(picture.at<cv::Vec3b>(18, 30) == black);  // too unsure
    cv::Mat other(20, 40, CV_8UC3, cv::Scalar::all(0));
    kind_of(TargetKind::mask)
        .draw(answer_of(TargetKind::mask, road_on_the_left(4)), nullptr, {other, 2, letters});
    CHECK(other.at<cv::Vec3b>(10, 15) != black);
    CHECK(other.at<cv::Vec3b>(10, 16) == black);
}

namespace {

/// One car, drawn into a picture ten times the original's size, with its true class where that is known.
cv::Mat drawn_car(double of_class, double score, const TargetValue* truth = nullptr) {
    const Answer cars = answer_of(TargetKind::boxes, boxes_of({2, 3, 8, 7, of_class, score}));
    cv::Mat picture(100, 200, CV_8UC3, cv::Scalar::all(0));
    lettering::Lettering letters;
    kind_of(TargetKind::boxes).draw(cars, truth, {picture, 10, letters});
    return picture;
}

cv::Vec3b pixel_of(const cv::Scalar& color) {
    return cv::Vec3b(cv::Vec4b(color).val);
}

/// Rows in which two pictures differ.
std::vector<int> rows_apart(const cv::Mat& one, const cv::Mat& other) {
    std::vector<int> rows;
    for (int row = 0; row < one.rows; ++row) {
        if (cv::norm(one.row(row), other.row(row), cv::NORM_INF) > 0) {
            rows.push_back(row);
        }
    }
    return rows;
}

}  // namespace

// Proves: above a predicted box stand its class and its score, on a plate of its colour; the true box has its
// class below it, in green; a class is told from another, a score from another, and nothing else changes.
TEST_CASE("boxes carry their labels") {
    const cv::Mat bus = drawn_car(1, 0.9);
    const cv::Vec3b color = pixel_of(color_of_class(1));
    CHECK(bus.at<cv::Vec3b>(30, 100) == color);  // the edge; the plate stands on it
    CHECK(bus.at<cv::Vec3b>(29, 41) == color);
    CHECK(bus.at<cv::Vec3b>(50, 100) == cv::Vec3b(0, 0, 0));
    const std::vector<int> apart = rows_apart(bus, drawn_car(1, 0.6));
    REQUIRE_FALSE(apart.empty());
    CHECK(apart.front() >= 30 - 12);
    CHECK(apart.back() < 30);
    const TargetValue truth = Boxes{Box{4, 3, 16, 7, 0, false}};
    const cv::Mat wrong = drawn_car(1, 0.9, &truth);
    CHECK(wrong.at<cv::Vec3b>(29, 41) == pixel_of(color_of(Mood::wrong)));
    CHECK(wrong.at<cv::Vec3b>(70, 41) == pixel_of(color_of(Mood::right)));
    const TargetValue other = Boxes{Box{4, 3, 16, 7, 1, false}};
    CHECK(rows_apart(wrong, drawn_car(1, 0.9, &other)).front() >= 70);
}

// Proves: the classes of a mask that are there in colour are named with their colours, the background is not;
// boxes, which carry their names, need no such key.
TEST_CASE("keys of a mask's colours") {
    const Answer ground = answer_of(TargetKind::mask, road_on_the_left(4));
    CHECK((kind_of(ground.schema).keys(ground) == std::vector<Key>{{"road", color_of_class(1)}}));
    const Answer grass = answer_of(TargetKind::mask, road_on_the_left(0));
    CHECK(kind_of(grass.schema).keys(grass).empty());
    const Answer cars = answer_of(TargetKind::boxes, boxes_of({1, 2, 3, 4, 0, 0.9}));
    CHECK(kind_of(cars.schema).keys(cars).empty());
}
