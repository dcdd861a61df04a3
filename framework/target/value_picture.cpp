// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "target/value_picture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <variant>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

namespace graft::target {
namespace {

using lettering::isolated;

/// Pixels by class.
std::array<std::int64_t, 256> counts_of(const ClassMap& map) {
    std::array<std::int64_t, 256> counts{};
    for (const std::uint8_t index : map.classes) {
        ++counts[index];
    }
    return counts;
}

struct Captioner {
    void operator()(std::monostate) const {}

    void operator()(std::int64_t index) const {
        add(fmt::format("{}: {}", schema.name, isolated(schema.classes.at(static_cast<std::size_t>(index)))));
    }

    void operator()(double number) const {
        add(fmt::format("{}: {:g} {}", schema.name, number, schema.unit));
    }

    void operator()(const Labels& labels) const {
        std::string text;
        for (std::size_t index = 0; index < labels.size(); ++index) {
            if (labels[index].value_or(false)) {
                text += (text.empty() ? "" : ", ") + isolated(schema.classes.at(index));
            }
        }
        add(fmt::format("{}: {}", schema.name, text.empty() ? "none" : text));
    }

    void operator()(const Points& points) const {
        const auto known =
            std::count_if(points.begin(), points.end(), [](const auto& point) { return point.has_value(); });
        add(fmt::format("{}: {} of {} points", schema.name, known, points.size()));
    }

    void operator()(const std::vector<float>& numbers) const {
        add(fmt::format("{}: {} numbers", schema.name, numbers.size()));
    }

    void operator()(const Boxes& boxes) const {
        add(fmt::format("{}: {} {}", schema.name, boxes.size(), boxes.size() == 1 ? "box" : "boxes"));
    }

    void operator()(const MaskSource& source) const {
        const auto* map = std::get_if<ClassMap>(&source);
        if (map == nullptr) {
            return;
        }
        const auto counts = counts_of(*map);
        const auto total = static_cast<double>(std::max<std::size_t>(1, map->classes.size()));
        std::string text;
        for (std::size_t index = 0; index < schema.classes.size(); ++index) {
            if (counts.at(index) > 0) {
                text +=
                    fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", isolated(schema.classes[index]),
                                100 * static_cast<double>(counts[index]) / total);
            }
        }
        add(schema.name + ": " + (text.empty() ? "nothing" : text));
    }

    void add(std::string text) const { lines.push_back({std::move(text), Mood::plain, -1}); }

    const TargetSchema& schema;
    std::vector<Caption>& lines;
};

/// Which side each point is of, by the pairs that change places in a mirror.
std::vector<Side> sides_of(const TargetSchema& schema, std::size_t count) {
    std::vector<Side> sides(count, Side::none);
    for (const auto& [left, right] : schema.mirrored_points) {
        sides.at(static_cast<std::size_t>(left)) = Side::left;
        sides.at(static_cast<std::size_t>(right)) = Side::right;
    }
    return sides;
}

struct Painter {
    template <class Other>
    void operator()(const Other&) const {}  // has no place

    void operator()(const Points& points) const {
        const std::vector<Side> sides = sides_of(schema, points.size());
        const double radius =
            std::clamp(0.007 * std::min(canvas.picture.cols, canvas.picture.rows), 1.6, 6.0);
        for (std::size_t index = 0; index < points.size(); ++index) {
            const auto& point = points[index];
            if (!point || !(std::abs(point->x) < 1e5) || !(std::abs(point->y) < 1e5)) {
                continue;
            }
            constexpr int shift = 4;  // sixteenths of a pixel
            const auto fixed = [](double pixels) {
                return static_cast<int>(std::lround(pixels * (1 << shift)));
            };
            // OpenCV counts from the first pixel's centre, points from its corner.
            const cv::Point centre(fixed(point->x * canvas.scale - 0.5),
                                   fixed(point->y * canvas.scale - 0.5));
            cv::circle(canvas.picture, centre, fixed(radius + 1), cv::Scalar::all(255), cv::FILLED,
                       cv::LINE_AA, shift);
            cv::circle(canvas.picture, centre, fixed(radius), color_of_side(sides[index]), cv::FILLED,
                       cv::LINE_AA, shift);
        }
    }

    void operator()(const Boxes& boxes) const {
        std::vector<LabelledBox> labelled;
        for (const Box& box : boxes) {
            const auto index = static_cast<std::size_t>(box.class_index);
            labelled.push_back({box, isolated(schema.classes.at(index)) + (box.ignored ? " (ignored)" : ""),
                                color_of_class(index)});
        }
        draw_boxes(canvas, labelled);
    }

    void operator()(const MaskSource& source) const {
        const auto* map = std::get_if<ClassMap>(&source);
        if (map == nullptr) {
            return;
        }
        const cv::Mat classes(static_cast<int>(map->height), static_cast<int>(map->width), CV_8UC1,
                              const_cast<std::uint8_t*>(map->classes.data()));
        cv::Mat fitted;
        cv::resize(classes, fitted, canvas.picture.size(), 0, 0, cv::INTER_NEAREST);
        for (std::size_t index = 1; index < schema.classes.size(); ++index) {  // the first is the background
            cv::Mat colored = 0.5 * canvas.picture;
            colored += 0.5 * color_of_class(index);
            colored.copyTo(canvas.picture, fitted == static_cast<double>(index));
        }
    }

    const TargetSchema& schema;
    const Canvas& canvas;
};

}  // namespace

cv::Scalar color_of_side(Side side) {
    return color_of_class(side == Side::left ? 4 : side == Side::right ? 5 : 2);
}

void caption_value(const TargetSchema& schema, const TargetValue& value, std::vector<Caption>& lines) {
    std::visit(Captioner{schema, lines}, value);
}

void draw_value(const TargetSchema& schema, const TargetValue& value, const Canvas& canvas) {
    std::visit(Painter{schema, canvas}, value);
}

std::vector<Key> keys_of_value(const TargetSchema& schema, const TargetValue& value) {
    const auto* source = std::get_if<MaskSource>(&value);
    const auto* map = source != nullptr ? std::get_if<ClassMap>(source) : nullptr;
    return map != nullptr ? keys_of_classes(schema, counts_of(*map)) : std::vector<Key>();
}

}  // namespace graft::target
