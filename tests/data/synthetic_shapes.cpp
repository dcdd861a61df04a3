// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The plugin synthetic_shapes by its own descriptor: mask, boxes and pixels tell the same.
#include <algorithm>
#include <array>

#include <doctest/doctest.h>

#include "dataset_plugin.hpp"

using namespace graft;
using graft::test::DatasetPlugin;

namespace {

/// How many pixels of the class lie in a part of the mask.
std::int64_t pixels_of(const ClassMap& mask, std::int64_t class_index, const Box& part) {
    std::int64_t count = 0;
    for (auto y = static_cast<std::int64_t>(part.top); y < static_cast<std::int64_t>(part.bottom); ++y) {
        for (auto x = static_cast<std::int64_t>(part.left); x < static_cast<std::int64_t>(part.right); ++x) {
            count += mask.classes[static_cast<std::size_t>(y * mask.width + x)] == class_index ? 1 : 0;
        }
    }
    return count;
}

}  // namespace

TEST_CASE(
    "synthetic_shapes: each box is the tightest around its pixels in the mask, and no pixel is left over") {
    const DatasetPlugin plugin("synthetic_shapes");
    const Options options = plugin.options({{"noise", 0.0}});
    const auto dataset = plugin.open(options, {"train", plugin.schema(options, "train")});
    std::array<std::int64_t, 3> forms{};
    for (std::int64_t index = 0; index < 40; ++index) {
        const auto values = dataset->targets(index);
        const auto mask = std::get<ClassMap>(std::get<MaskSource>(values[0]));
        const auto picture = std::get<RgbImage>(dataset->image(index));
        REQUIRE((picture.width == 96 && mask.width == 96));
        std::int64_t covered = 0;
        for (const Box& box : std::get<Boxes>(values[1])) {
            const std::int64_t form = box.class_index + 1;
            ++forms[static_cast<std::size_t>(box.class_index)];
            covered += pixels_of(mask, form, box);
            CHECK(pixels_of(mask, form, {box.left, box.top, box.left + 1, box.bottom, 0, false}) > 0);
            CHECK(pixels_of(mask, form, {box.right - 1, box.top, box.right, box.bottom, 0, false}) > 0);
            CHECK(pixels_of(mask, form, {box.left, box.top, box.right, box.top + 1, 0, false}) > 0);
            CHECK(pixels_of(mask, form, {box.left, box.bottom - 1, box.right, box.bottom, 0, false}) > 0);
        }
        const Box whole{0, 0, 96, 96, 0, false};
        CHECK(covered >= 96 * 96 - pixels_of(mask, 0, whole));
        // Without noise a pixel has the ground's colour exactly where the mask says so.
        const auto ground = static_cast<std::size_t>(std::find(mask.classes.begin(), mask.classes.end(), 0) -
                                                     mask.classes.begin());
        for (std::size_t pixel = 0; pixel < mask.classes.size(); ++pixel) {
            const bool is_ground = std::equal(&picture.pixels[3 * pixel], &picture.pixels[3 * pixel] + 3,
                                              &picture.pixels[3 * ground]);
            REQUIRE(is_ground == (mask.classes[pixel] == 0));
        }
    }
    CHECK(*std::min_element(forms.begin(), forms.end()) > 15);
    CHECK_THROWS_AS(plugin.open(options, {"holdout", plugin.schema(options, "train")}), Error);
    CHECK_THROWS_AS(plugin.schema(plugin.options({{"targets", std::vector<std::string>{"points"}}}), ""),
                    Error);
}
