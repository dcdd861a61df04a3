// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Values moved into the input: by plain matrices, and from the stored frame of a picture that is to be
// turned.
#include <cmath>
#include <filesystem>

#include <doctest/doctest.h>

#include "image/decode.hpp"
#include "support.hpp"
#include "target/places.hpp"

using namespace graft;
using namespace graft::target;
using core::Category;
using graft::test::failure_text;
using graft::test::schema_of;

namespace {

Motion motion_of(const image::Matrix& matrix, image::Extent original, image::Extent input) {
    Motion motion;
    motion.matrix = matrix;
    motion.original = original;
    motion.input = input;
    return motion;
}

template <class Type>
Type moved(const TargetSchema& schema, const Motion& motion, const Type& value) {
    TargetValue made = value;
    kind_of(schema).move(schema, motion, made);
    return std::get<Type>(made);
}

std::vector<std::uint8_t> moved_mask(const TargetSchema& schema, const Motion& motion, const ClassMap& mask) {
    const auto made = std::get<ClassMap>(moved<MaskSource>(schema, motion, mask));
    CHECK(made.width == motion.input.width);
    CHECK(made.height == motion.input.height);
    return made.classes;
}

bool is_at(const std::optional<Point>& point, double x, double y) {
    return point && std::abs(point->x - x) < 1e-9 && std::abs(point->y - y) < 1e-9;
}

bool is_box(const Box& box, double left, double top, double right, double bottom) {
    return std::abs(box.left - left) < 1e-9 && std::abs(box.top - top) < 1e-9 &&
           std::abs(box.right - right) < 1e-9 && std::abs(box.bottom - bottom) < 1e-9;
}

const image::Matrix mirror{-1, 0, 10, 0, 1, 0, 0, 0, 1};  // of a picture 10 pixels wide

}  // namespace

// Proves: points go where the matrix says; mirrored, pairs change names, and missing ones stay missing.
TEST_CASE("points are moved and change names with the mirror") {
    const TargetSchema schema = schema_of(TargetKind::points);
    Motion motion = motion_of(mirror, {10, 10}, {10, 10});
    const Points points{Point{2, 3}, std::nullopt, Point{-1, 20}};
    Points made = moved(schema, motion, points);
    CHECK(is_at(made[0], 8, 3));
    CHECK_FALSE(made[1].has_value());
    CHECK(is_at(made[2], 11, 20));  // beside the input, and stays there
    motion.mirrored = true;
    made = moved(schema, motion, points);
    CHECK_FALSE(made[0].has_value());
    CHECK(is_at(made[1], 8, 3));
    CHECK(is_at(made[2], 11, 20));
}

// Proves: a box becomes the upright rectangle around its moved corners, cut at the input's sides; what lies
// beside the input is dropped, and the others keep their order, class and state.
TEST_CASE("boxes are moved, clipped and dropped") {
    const TargetSchema schema = schema_of(TargetKind::boxes);
    const Boxes boxes{{1, 2, 4, 6, 1, true},    {-5, 0, 5, 4, 0, false}, {11, 0, 14, 4, 0, false},
                      {8, 8, 30, 40, 1, false}, {-3, 2, 0, 4, 0, false}, {0, 0, 10, 10, 0, false}};
    const Boxes made = moved(schema, motion_of(mirror, {10, 10}, {10, 10}), boxes);
    REQUIRE(made.size() == 4);
    CHECK(is_box(made[0], 6, 2, 9, 6));
    CHECK(made[0].class_index == 1);
    CHECK(made[0].ignored);
    CHECK(is_box(made[1], 5, 0, 10, 4));
    CHECK_FALSE(made[1].ignored);
    CHECK(is_box(made[2], 0, 8, 2, 10));
    CHECK(made[2].class_index == 1);
    CHECK(is_box(made[3], 0, 0, 10, 10));
    const image::Matrix quarter = image::rotation(90, {5, 5});
    CHECK(is_box(moved(schema, motion_of(quarter, {10, 10}, {10, 10}), Boxes{{1, 2, 4, 6, 0, false}})[0], 2,
                 6, 6, 9));
    const image::Matrix eighth = image::rotation(45, {5, 5});
    const double half = std::sqrt(2.0) * 2;
    CHECK(is_box(moved(schema, motion_of(eighth, {10, 10}, {10, 10}), Boxes{{3, 3, 7, 7, 0, false}})[0],
                 5 - half, 5 - half, 5 + half, 5 + half));
    CHECK(moved(schema, motion_of(mirror, {10, 10}, {10, 10}), Boxes{}).empty());
}

// Proves: each pixel of the input has the class of the pixel below its centre, never a blend; beside the
// picture nothing counts; what does not count stays so.
TEST_CASE("masks are moved without blending") {
    const TargetSchema schema = schema_of(TargetKind::mask);
    const ClassMap mask{3, 2, {0, 1, 255, 1, 0, 0}};
    CHECK(moved_mask(schema, motion_of(image::identity_matrix, {2, 3}, {2, 3}), mask) == mask.classes);
    CHECK(moved_mask(schema, motion_of({-1, 0, 3, 0, 1, 0, 0, 0, 1}, {2, 3}, {2, 3}), mask) ==
          std::vector<std::uint8_t>{255, 1, 0, 0, 0, 1});
    CHECK(moved_mask(schema, motion_of(image::scale_and_shift(2, 2, 0, 0), {2, 3}, {2, 6}), mask) ==
          std::vector<std::uint8_t>{0, 0, 1, 1, 255, 255, 0, 0, 1, 1, 255, 255});
    CHECK(moved_mask(schema, motion_of(image::scale_and_shift(1, 1, 1, 1), {2, 3}, {3, 4}), mask) ==
          std::vector<std::uint8_t>{255, 255, 255, 255, 255, 0, 1, 255, 255, 1, 0, 0});
}

// Proves: sizes that differ are told, both of them, and a picture that is turned explains itself.
TEST_CASE("masks of another size than their picture are refused") {
    const auto refused = [](Frame frame, int orientation) {
        TargetSchema schema = schema_of(TargetKind::mask);
        schema.frame = frame;
        Motion motion = motion_of(image::identity_matrix, {2, 3}, {8, 8});
        motion.orientation = orientation;
        return failure_text(
            [&] {
                moved_mask(schema, motion, {2, 3, std::vector<std::uint8_t>(6, 0)});
            },
            Category::data);
    };
    const std::string sizes = "target 'ground' has a mask of 2 x 3 pixels, its picture has 3 x 2";
    CHECK(refused(Frame::seen, 1) == sizes);
    CHECK(refused(Frame::stored, 1) == sizes);
    CHECK(refused(Frame::stored, 6) == "");  // as it lies in the file
    CHECK(
        refused(Frame::seen, 6) ==
        sizes +
            "\n  the picture is turned by its EXIF orientation; where masks belong to the pixels as they are "
            "stored, write data.orientation: stored");
}

// Proves: what does not lie in the picture stays as it is.
TEST_CASE("values of other kinds do not move") {
    const Motion motion = motion_of(mirror, {10, 10}, {10, 10});
    const std::vector<float> numbers{1, 2, 3, 4, 5, 6};
    CHECK(moved(schema_of(TargetKind::tensor), motion, numbers) == numbers);
    CHECK(moved(schema_of(TargetKind::scalar), motion, 2.5) == 2.5);
    CHECK(moved(schema_of(TargetKind::category), motion, std::int64_t{2}) == 2);
}

// Proves: the places of a stored picture, 3 pixels wide and 2 high, in the picture as seen; worked out by
// hand from the figures of EXIF 2.3 ("Orientation": which sides of the picture the first row and the first
// column are). As seen, they stay where they are.
TEST_CASE("a point of the stored pixels in all eight orientations, by hand") {
    struct Expected {
        int orientation;
        double x;
        double y;
        Box box;  // of the stored [1, 0, 3, 1]
    };
    for (const Expected& expected : {
             Expected{1, 2.25, 0.5, {1, 0, 3, 1, 0, false}},  // row 0 above, column 0 on the left
             Expected{2, 0.75, 0.5, {0, 0, 2, 1, 0, false}},  // above, right
             Expected{3, 0.75, 1.5, {0, 1, 2, 2, 0, false}},  // below, right
             Expected{4, 2.25, 1.5, {1, 1, 3, 2, 0, false}},  // below, left
             Expected{5, 0.5, 2.25, {0, 1, 1, 3, 0, false}},  // left, above
             Expected{6, 1.5, 2.25, {1, 1, 2, 3, 0, false}},  // right, above
             Expected{7, 1.5, 0.75, {1, 0, 2, 2, 0, false}},  // right, below
             Expected{8, 0.5, 0.75, {0, 0, 1, 2, 0, false}},  // left, below
         }) {
        CAPTURE(expected.orientation);
        const image::Extent seen = expected.orientation >= 5 ? image::Extent{3, 2} : image::Extent{2, 3};
        Motion motion = motion_of(image::identity_matrix, seen, seen);
        motion.orientation = expected.orientation;
        TargetSchema points = points_target("points", 1);
        TargetSchema boxes = schema_of(TargetKind::boxes);
        CHECK(is_at(moved(points, motion, Points{Point{1.25, 1.5}})[0], 1.25, 1.5));
        points.frame = boxes.frame = Frame::stored;
        CHECK(is_at(moved(points, motion, Points{Point{2.25, 0.5}})[0], expected.x, expected.y));
        const Box made = moved(boxes, motion, Boxes{{1, 0, 3, 1, 0, false}}).at(0);
        CHECK(is_box(made, expected.box.left, expected.box.top, expected.box.right, expected.box.bottom));
    }
}

// Proves: in every format that can say how it is to be turned, a place of the stored pixels is found where
// the decoder put it, pixel by pixel; a mask and a box made on the stored pixels go there, too.
TEST_CASE("the stored frame: all eight orientations in every format") {
    const std::filesystem::path folder = GRAFT_TEST_SOURCE "/tests/data/goldens/modes";
    for (const char* const extension : {".jpg", ".png", ".tiff", ".webp"}) {
        const cv::Mat stored = image::decode(ImageSource(folder / ("turned1" + std::string(extension))));
        for (int orientation = 1; orientation <= 8; ++orientation) {
            CAPTURE(extension);
            CAPTURE(orientation);
            const auto file = folder / ("turned" + std::to_string(orientation) + extension);
            const image::Picture seen = image::read_picture(ImageSource(file));
            REQUIRE(seen.traits.orientation == orientation);
            const image::Extent extent{seen.pixels.rows, seen.pixels.cols};
            Motion motion = motion_of(image::identity_matrix, extent, extent);
            motion.orientation = orientation;
            TargetSchema mask = schema_of(TargetKind::mask);
            mask.frame = Frame::stored;
            TargetSchema points = points_target("corner", 1);
            points.frame = Frame::stored;
            ClassMap marked{stored.cols, stored.rows, std::vector<std::uint8_t>(stored.total(), 0)};
            marked.classes[1] = 1;  // the second pixel of the first row
            for (int y = 0; y < stored.rows; ++y) {
                for (int x = 0; x < stored.cols; ++x) {
                    const auto place = moved(points, motion, Points{Point{x + 0.5, y + 0.5}})[0];
                    REQUIRE(place.has_value());
                    const cv::Point there(static_cast<int>(place->x), static_cast<int>(place->y));
                    REQUIRE(there.inside(cv::Rect(0, 0, seen.pixels.cols, seen.pixels.rows)));
                    CHECK(seen.pixels.at<cv::Vec3b>(there) == stored.at<cv::Vec3b>(y, x));
                }
            }
            const auto second = moved(points, motion, Points{Point{1.5, 0.5}})[0];
            const auto classes = moved_mask(mask, motion, marked);
            const auto offset = static_cast<std::size_t>(second->y) * static_cast<std::size_t>(extent.width) +
                                static_cast<std::size_t>(second->x);
            CHECK(classes[offset] == 1);
            CHECK(std::count(classes.begin(), classes.end(), 1) == 1);
            TargetSchema boxes = schema_of(TargetKind::boxes);
            boxes.frame = Frame::stored;
            const Box box = moved(boxes, motion, Boxes{{1, 0, 2, 1, 0, false}})[0];
            CHECK(is_box(box, std::floor(second->x), std::floor(second->y), std::ceil(second->x),
                         std::ceil(second->y)));
        }
    }
}
