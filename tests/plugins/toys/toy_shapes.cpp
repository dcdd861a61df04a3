// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
// A data set that draws bright squares and discs and knows where they are: a mask, boxes and which comes
// first.
#include "graft/plugin.hpp"

class ToyShapes : public graft::Dataset {
public:
    static graft::OptionTable options() {
        return {graft::option::integer("count", 24, "pictures").between(1, 10'000)};
    }
    static std::vector<graft::TargetSchema> schema(const graft::Options&, const std::string&) {
        return {graft::mask_target("scene", {"ground", "square", "disc"}),
                graft::boxes_target("things", {"square", "disc"}),
                graft::category_target("first", {"square", "disc"})};
    }
    ToyShapes(const graft::Options& options, const graft::DatasetContext&)
        : count_(options.integer("count")) {}

    std::int64_t size() const override { return count_; }
    std::string id(std::int64_t index) const override { return "shapes/" + std::to_string(index); }

    /// Every seventh picture is empty, of every eighth nobody knows the boxes, every fifth has a crowd.
    std::vector<graft::TargetValue> targets(std::int64_t index) const override {
        graft::Boxes boxes;
        graft::ClassMap map{side, side, std::vector<std::uint8_t>(side * side, 0)};
        for (std::int64_t thing = 0; thing < things(index); ++thing) {
            const auto [left, top, kind] = place(index, thing);
            boxes.push_back({double(left), double(top), double(left + length), double(top + length), kind,
                             index % 5 == 4 && thing == 1});
            for (std::int64_t pixel = 0; pixel < side * side; ++pixel) {
                if (inside(pixel % side - left, pixel / side - top, kind)) {
                    map.classes[pixel] = index % 5 == 4 && thing == 1 ? graft::ignored_class : 1 + kind;
                }
            }
        }
        graft::TargetValue known = index % 8 == 7 ? graft::TargetValue() : graft::TargetValue(boxes);
        return {graft::MaskSource(std::move(map)), std::move(known), std::get<2>(place(index, 0))};
    }
    graft::ImageSource image(std::int64_t index) const override {
        graft::RgbImage picture{side, side, std::vector<std::uint8_t>(3 * side * side, 40)};
        for (std::int64_t thing = 0; thing < things(index); ++thing) {
            const auto [left, top, kind] = place(index, thing);
            for (std::int64_t pixel = 0; pixel < side * side; ++pixel) {
                if (inside(pixel % side - left, pixel / side - top, kind)) {
                    picture.pixels[3 * pixel + (kind == 0 ? 0 : 2)] = 230;
                }
            }
        }
        return picture;
    }

private:
    static constexpr std::int64_t side = 64;
    static constexpr std::int64_t length = 20;

    static std::int64_t things(std::int64_t index) { return index % 7 == 6 ? 0 : 1 + index % 2; }
    static std::tuple<std::int64_t, std::int64_t, std::int64_t> place(std::int64_t index,
                                                                      std::int64_t thing) {
        return {(index * 7) % 22 + 22 * thing, (index * 13 + 17 * thing) % 42, (index + thing) % 2};
    }
    static bool inside(std::int64_t x, std::int64_t y, std::int64_t kind) {
        const std::int64_t half = length / 2;
        const bool disc =
            (2 * x + 1 - length) * (2 * x + 1 - length) + (2 * y + 1 - length) * (2 * y + 1 - length) <=
            4 * half * half;
        return x >= 0 && y >= 0 && x < length && y < length && (kind == 0 || disc);
    }

    std::int64_t count_;
};

GRAFT_DATASET(ToyShapes, "toy_shapes", "1.0.0", "Squares and discs with masks and boxes")
GRAFT_PLUGIN("graft toys", "BSD-3-Clause", "")
