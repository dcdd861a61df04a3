// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Two dots go through the loader, as pixels and as points: both must arrive at the same place.
#include <cmath>
#include <cstdint>

#include <doctest/doctest.h>

#include "data/loader.hpp"
#include "data/sample.hpp"
#include "support.hpp"

using namespace graft;
using namespace graft::data;
using namespace graft::image;
using graft::test::all_of;
using graft::test::FakeDataset;
using pipeline::Augment;
using pipeline::Resize;

namespace {

constexpr std::int64_t width = 180;
constexpr std::int64_t height = 130;
constexpr Point red_dot{70.25, 60.5};
constexpr Point green_dot{112.0, 71.75};

/// Black, with a red and a green disc whose edges are soft.
RgbImage two_dots() {
    RgbImage image{width, height, std::vector<std::uint8_t>(3 * width * height)};
    for (std::int64_t y = 0; y < height; ++y) {
        for (std::int64_t x = 0; x < width; ++x) {
            for (const auto& [dot, channel] : {std::pair{red_dot, 0}, {green_dot, 1}}) {
                const double distance = std::hypot(x + 0.5 - dot.x, y + 0.5 - dot.y);
                const double value = 255 * std::clamp((9 - distance) / 4, 0.0, 1.0);
                image.pixels[static_cast<std::size_t>(3 * (y * width + x) + channel)] =
                    static_cast<std::uint8_t>(value);
            }
        }
    }
    return image;
}

Point centroid(const at::Tensor& image, std::int64_t channel) {
    // Only what is brighter than half: colour changes lift the black and mix the channels a little.
    const at::Tensor value = image.select(2, channel).to(at::kDouble);
    const at::Tensor weight = (value - 0.5 * value.max()).clamp_min(0);
    const double sum = weight.sum().item<double>();
    const auto along = [&](std::int64_t axis) {
        const at::Tensor place = at::arange(weight.size(axis), at::kDouble) + 0.5;
        return (weight.sum(1 - axis) * place).sum().item<double>() / sum;
    };
    return {along(1), along(0)};
}

TargetSchema dots_schema() {
    TargetSchema schema;
    schema.name = "dots";
    schema.kind = TargetKind::points;
    schema.point_count = 3;
    schema.mirrored_points = {{0, 1}};
    return schema;
}

std::shared_ptr<FakeDataset> dots_dataset() {
    auto dataset = std::make_shared<FakeDataset>();
    dataset->samples = 4;
    dataset->picture = [](std::int64_t) { return two_dots(); };
    dataset->values = [](std::int64_t) {
        return std::vector<TargetValue>{Points{red_dot, green_dot, std::nullopt}};
    };
    return dataset;
}

/// How often the loader mirrored.
int check_rule_and_augment(Resize resize, const std::vector<Augment>& augment) {
    LoaderOptions options;
    options.preprocess.resize = resize;
    options.preprocess.height = 96;
    options.preprocess.width = 112;
    options.preprocess.normalization.mean = {0, 0, 0};  // black outside, so it has no weight
    options.targets = {dots_schema()};
    options.augment = augment;
    options.seed = 5;
    Loader loader(all_of(dots_dataset()), options);
    int mirrored = 0;
    for (std::int64_t epoch = 1; epoch <= 5; ++epoch) {
        loader.start(epoch);
        while (const auto batch = loader.next()) {
            for (std::int64_t sample = 0; sample < batch->images.size(0); ++sample) {
                const Matrix& matrix = batch->motions[static_cast<std::size_t>(sample)].matrix;
                const bool flipped = matrix[0] * matrix[4] - matrix[1] * matrix[3] < 0;
                mirrored += flipped ? 1 : 0;
                const at::Tensor points = batch->targets[0].values[sample];
                for (const std::int64_t channel : {0, 1}) {
                    const Point seen = centroid(batch->images[sample], channel);
                    const Point told = image::apply(matrix, channel == 0 ? red_dot : green_dot);
                    CHECK(std::hypot(seen.x - told.x, seen.y - told.y) < 0.2);
                    // Mirrored, the red dot is on the right, so it carries the right point's name.
                    const std::int64_t name = flipped ? 1 - channel : channel;
                    CHECK(std::abs(points[name][0].item<double>() - seen.x) < 0.2);
                    CHECK(std::abs(points[name][1].item<double>() - seen.y) < 0.2);
                }
                CHECK(batch->targets[0].present[sample].equal(at::tensor({1, 1, 0}).to(at::kBool)));
                CHECK(points[2].equal(at::zeros(2)));
            }
        }
    }
    return mirrored;
}

}  // namespace

TEST_CASE("pixels and points go the same way under every resize rule and augmentation") {
    const Augment flip{"flip", {0.5}, {}};
    const Augment rotate{"rotate", {25}, {}};
    const Augment scale{"scale", {0.7, 1.2}, {}};
    const Augment translate{"translate", {0.06}, {}};
    const Augment color{"color", {0.3}, {}};
    for (const Resize resize : {Resize::stretch, Resize::crop, Resize::pad}) {
        CAPTURE(static_cast<int>(resize));
        CHECK(check_rule_and_augment(resize, {}) == 0);
        CHECK(check_rule_and_augment(resize, {rotate}) == 0);
        CHECK(check_rule_and_augment(resize, {scale}) == 0);
        CHECK(check_rule_and_augment(resize, {translate}) == 0);
        CHECK(check_rule_and_augment(resize, {color}) == 0);
        const int flips = check_rule_and_augment(resize, {flip});
        CHECK(flips > 4);  // of 20
        CHECK(flips < 16);
        CHECK(check_rule_and_augment(resize, {flip, rotate, scale, translate, color}) == flips);
    }
}

TEST_CASE("what predict prepares leads back: a dot seen in the input is found in the original picture") {
    for (const Resize resize : {Resize::stretch, Resize::crop, Resize::pad}) {
        CAPTURE(static_cast<int>(resize));
        Preprocess preprocess;
        preprocess.resize = resize;
        preprocess.height = 96;
        preprocess.width = 112;
        preprocess.normalization.mean = {0, 0, 0};  // black outside, so it has no weight
        const Prepared prepared = prepare(two_dots(), preprocess);
        const Matrix back = inverse(prepared.motion.matrix);  // as predict moves points
        for (const std::int64_t channel : {0, 1}) {
            const Point found = image::apply(back, centroid(prepared.image[0], channel));
            const Point dot = channel == 0 ? red_dot : green_dot;
            CHECK(std::hypot(found.x - dot.x, found.y - dot.y) < 0.5);
        }
    }
}

TEST_CASE("a point outside the input stays outside") {
    auto dataset = dots_dataset();
    dataset->values = [](std::int64_t) {
        return std::vector<TargetValue>{Points{Point{-40, 10}, Point{500, 10}, std::nullopt}};
    };
    LoaderOptions options;
    options.targets = {dots_schema()};
    Loader loader(all_of(dataset), options);
    loader.start(1);
    const auto batch = loader.next();
    REQUIRE(batch != nullptr);
    CHECK(batch->targets[0].values[0][0][0].item<float>() == doctest::Approx(-40 * 224.0 / width));
    CHECK(batch->targets[0].values[0][1][0].item<float>() == doctest::Approx(500 * 224.0 / width));
    CHECK(batch->targets[0].present[0][1].item<bool>());
    REQUIRE(loader.places().size() == 1);
    CHECK(loader.places()[0].target == "dots");
    CHECK(loader.places()[0].count.known == 8);  // two of each of four samples; the third is missing
    CHECK(loader.places()[0].count.outside == 8);
}

TEST_CASE("colour changes: brightness by its factor, no strength leaves bytes alone") {
    auto dataset = std::make_shared<FakeDataset>();
    dataset->samples = 64;
    dataset->picture = [](std::int64_t) { return RgbImage{1, 1, {100, 100, 100}}; };
    LoaderOptions options;
    options.preprocess.height = 2;
    options.preprocess.width = 2;
    options.batch = 64;
    options.augment = {{"color", {0.2}, {}}};
    Loader loader(all_of(dataset), options);
    loader.start(1);
    const at::Tensor images = loader.next()->images;
    // A grey plane has no contrast and no colour to change, so brightness alone is seen: 80..120.
    CHECK(images.min().item<int>() >= 80);
    CHECK(images.min().item<int>() < 90);
    CHECK(images.max().item<int>() <= 120);
    CHECK(images.max().item<int>() > 110);
    options.augment = {{"color", {0.0}, {}}};
    Loader plain(all_of(dataset), options);
    plain.start(1);
    CHECK(plain.next()->images.eq(100).all().item<bool>());
}
