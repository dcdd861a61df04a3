// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The plugin synthetic_faces by its own descriptor: the same faces everywhere, and targets that the pixels
// show.
#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <doctest/doctest.h>

#include "dataset_plugin.hpp"

using namespace graft;
using graft::test::DatasetPlugin;

namespace {

struct Faces {
    DatasetPlugin plugin{"synthetic_faces"};

    std::shared_ptr<Dataset> open(const std::string& split,
                                  std::map<std::string, OptionValue> given = {}) const {
        const Options options = plugin.options(std::move(given));
        return plugin.open(options, {split, plugin.schema(options, split)});
    }
};

RgbImage image_of(const Dataset& dataset, std::int64_t index) {
    return std::get<RgbImage>(dataset.image(index));
}

/// The mean grey of a small square around a place.
double grey_around(const RgbImage& image, double x, double y, int reach) {
    double sum = 0;
    int count = 0;
    for (int row = static_cast<int>(y) - reach; row <= static_cast<int>(y) + reach; ++row) {
        for (int column = static_cast<int>(x) - reach; column <= static_cast<int>(x) + reach; ++column) {
            if (row >= 0 && column >= 0 && row < image.height && column < image.width) {
                const auto offset = static_cast<std::size_t>(3 * (row * image.width + column));
                sum += image.pixels[offset] + image.pixels[offset + 1] + image.pixels[offset + 2];
                count += 3;
            }
        }
    }
    return count > 0 ? sum / count : 0;
}

double blue_part(const RgbImage& image, std::size_t offset) {
    return image.pixels[offset + 2] - 0.5 * (image.pixels[offset] + image.pixels[offset + 1]);
}

}  // namespace

TEST_CASE("synthetic_faces: schema, sizes and ids") {
    const Faces faces;
    const auto schema = faces.plugin.schema(faces.plugin.options(), "train");
    REQUIRE(schema.size() == 4);
    CHECK(schema[0].classes == std::vector<std::string>{"happy", "neutral", "sad", "surprised"});
    CHECK(schema[1].point_count == 10);
    CHECK(schema[1].point_names.size() == 10);
    REQUIRE(schema[1].mirrored_points.size() == 3);
    for (const auto& [left, right] : schema[1].mirrored_points) {
        const std::string left_name = schema[1].point_names[static_cast<std::size_t>(left)];
        const std::string right_name = schema[1].point_names[static_cast<std::size_t>(right)];
        CHECK(left_name.find("left") != std::string::npos);
        CHECK(right_name.find("right") != std::string::npos);
    }
    CHECK(schema[2].unit == "years");
    CHECK(schema[3].classes == std::vector<std::string>{"female", "male"});
    CHECK(faces.open("train")->size() == 400);
    CHECK(faces.open("val")->size() == 100);
    CHECK(faces.open("")->id(7) == "train/000007");
    CHECK_THROWS_AS(faces.open("holdout"), Error);
    CHECK_THROWS_AS(faces.open("train", {{"targets", std::vector<std::string>{"age", "mood"}}}), Error);
    CHECK_THROWS_AS(faces.open("train", {{"targets", std::vector<std::string>{"age", "age"}}}), Error);
    const auto ages = faces.open("train", {{"targets", std::vector<std::string>{"age"}}});
    CHECK(ages->targets(0).size() == 1);
    CHECK(std::holds_alternative<double>(ages->targets(0)[0]));
}

TEST_CASE("synthetic_faces: the same face for the same seed and index, other faces elsewhere") {
    const Faces faces;
    const auto train = faces.open("train");
    const auto again = faces.open("train");
    std::set<std::vector<std::uint8_t>> seen;
    for (std::int64_t index = 0; index < 20; ++index) {
        const auto pixels = image_of(*train, index).pixels;
        CHECK(pixels == image_of(*again, index).pixels);
        CHECK(train->targets(index).size() == 4);
        seen.insert(pixels);
        seen.insert(image_of(*faces.open("val"), index).pixels);
        seen.insert(image_of(*faces.open("test"), index).pixels);
        seen.insert(image_of(*faces.open("train", {{"seed", std::int64_t{1}}}), index).pixels);
    }
    CHECK(seen.size() == 80);
    // The number of samples does not change the faces.
    CHECK(image_of(*faces.open("train", {{"samples", std::int64_t{40}}}), 3).pixels ==
          image_of(*train, 3).pixels);
}

TEST_CASE("synthetic_faces: any size and difficulty can be drawn") {
    const Faces faces;
    for (const std::int64_t size : {16, 33, 224}) {
        for (const double difficulty : {0.0, 1.0}) {
            const auto dataset = faces.open("test", {{"size", size}, {"difficulty", difficulty}});
            const RgbImage image = image_of(*dataset, 1);
            CHECK(image.width == size);
            CHECK(image.height == size);
            CHECK(image.pixels.size() == static_cast<std::size_t>(3 * size * size));
        }
    }
}

TEST_CASE("synthetic_faces: classes are even, ages spread, landmarks in order and in the picture") {
    const Faces faces;
    const auto dataset = faces.open("train", {{"samples", std::int64_t{1000}}});
    std::array<int, 4> expressions{};
    int male = 0;
    double youngest = 200;
    double oldest = 0;
    for (std::int64_t index = 0; index < dataset->size(); ++index) {
        const auto values = dataset->targets(index);
        ++expressions[static_cast<std::size_t>(std::get<std::int64_t>(values[0]))];
        const auto& points = std::get<Points>(values[1]);
        for (const auto& point : points) {
            CHECK(point->x > 0);
            CHECK(point->x < 96);
            CHECK(point->y > 0);
            CHECK(point->y < 110);  // a chin may leave below
        }
        CHECK(points[2]->x < points[3]->x);  // left eye, right eye
        CHECK(points[0]->y < points[9]->y);  // brow above chin
        youngest = std::min(youngest, std::get<double>(values[2]));
        oldest = std::max(oldest, std::get<double>(values[2]));
        male += static_cast<int>(std::get<std::int64_t>(values[3]));
    }
    for (const int count : expressions) {
        CHECK(count > 200);
        CHECK(count < 300);
    }
    CHECK(male > 440);
    CHECK(male < 560);
    CHECK(youngest < 8);
    CHECK(oldest > 85);
}

TEST_CASE("synthetic_faces: the pixels show what the targets say") {
    const Faces faces;
    const auto dataset = faces.open(
        "train", {{"samples", std::int64_t{1000}}, {"difficulty", 0.0}, {"size", std::int64_t{128}}});
    int brighter = 0;
    int compared = 0;
    double open_mouth = 0;
    double closed_mouth = 0;
    std::array<int, 2> mouths{};
    for (std::int64_t index = 0; index < 200; ++index) {
        const RgbImage image = image_of(*dataset, index);
        const auto values = dataset->targets(index);
        const auto& points = std::get<Points>(values[1]);
        // Pupils are darker than the cheeks below them.
        for (const std::size_t eye : {std::size_t{2}, std::size_t{3}}) {
            ++compared;
            const double below = 0.6 * (points[6]->y - points[3]->y);
            brighter += grey_around(image, points[eye]->x, points[eye]->y, 2) <
                                grey_around(image, points[eye]->x, points[eye]->y + below, 2)
                            ? 1
                            : 0;
        }
        const bool surprised = std::get<std::int64_t>(values[0]) == 3;
        const double gap = (points[8]->y - points[7]->y) / (points[9]->y - points[4]->y);
        (surprised ? open_mouth : closed_mouth) += gap;
        ++mouths[surprised ? 0 : 1];
    }
    CHECK(brighter > compared * 3 / 4);
    CHECK(open_mouth / mouths[0] > 2 * closed_mouth / mouths[1]);
    // Old people's hair is grey: above the brows, colours are weaker than in the young.
    double old_color = 0;
    double young_color = 0;
    std::array<int, 2> people{};
    for (std::int64_t index = 0; index < 400; ++index) {
        const auto values = dataset->targets(index);
        const double age = std::get<double>(values[2]);
        if (age < 25 || age > 75) {
            const RgbImage image = image_of(*dataset, index);
            const auto& points = std::get<Points>(values[1]);
            const double above =
                points[9]->y - 2.35 * (points[9]->y - points[2]->y) + 0.25 * (points[9]->y - points[2]->y);
            const auto x = static_cast<std::int64_t>(0.5 * (points[0]->x + points[1]->x));
            const auto y = std::max<std::int64_t>(static_cast<std::int64_t>(above), 2);
            const double color =
                std::abs(blue_part(image, static_cast<std::size_t>(3 * (y * image.width + x))));
            (age > 75 ? old_color : young_color) += color;
            ++people[age > 75 ? 0 : 1];
        }
    }
    CHECK(old_color / people[0] < 0.7 * young_color / people[1]);
}
