// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "target/kinds.hpp"
#include "target/places.hpp"

namespace graft::target {
namespace {

Points points_in_original(const Answer& answer) {
    const image::Matrix back = image::inverse(answer.matrix);
    const std::vector<double> numbers = numbers_of(answer.values);
    Points points;
    for (std::size_t index = 0; index + 1 < numbers.size(); index += 2) {
        points.emplace_back(image::apply(back, {numbers[index], numbers[index + 1]}));
    }
    return points;
}

void draw_points(cv::Mat& picture, const Points& points, double scale, const cv::Scalar& color) {
    constexpr int shift = 4;  // sixteenths of a pixel
    const auto fixed = [](double pixels) { return static_cast<int>(std::lround(pixels * (1 << shift))); };
    const double radius = std::clamp(0.007 * std::min(picture.cols, picture.rows), 1.3, 6.0);
    for (const auto& point : points) {
        if (point && std::abs(point->x) < 1e5 && std::abs(point->y) < 1e5) {
            // OpenCV counts from the first pixel's centre, points from its corner.
            const cv::Point centre(fixed(point->x * scale - 0.5), fixed(point->y * scale - 0.5));
            cv::circle(picture, centre, fixed(radius + 1), {255, 255, 255}, cv::FILLED, cv::LINE_AA, shift);
            cv::circle(picture, centre, fixed(radius), color, cv::FILLED, cv::LINE_AA, shift);
        }
    }
}

/// How an option could name the pairs: by names that tell left from right, where there are any.
std::string pairs_by_name(const std::vector<std::string>& names) {
    std::string pairs;
    for (const std::string& name : names) {
        const std::size_t found = name.find("left");
        if (found == std::string::npos) {
            continue;
        }
        std::string partner = name;
        partner.replace(found, 4, "right");
        if (std::find(names.begin(), names.end(), partner) != names.end()) {
            pairs += (pairs.empty() ? "" : ", ") + name + ", " + partner;
        }
    }
    return pairs.empty() ? "LEFT, RIGHT, ..." : pairs;
}

class PointsKind : public Kind {
public:
    PointsKind() : Kind("points") {}

    std::string schema_problem(const TargetSchema& schema) const override {
        const auto outside = [&](std::int64_t index) { return index < 0 || index >= schema.point_count; };
        if (schema.point_count < 1) {
            return "has no points";
        }
        if (!schema.point_names.empty() &&
            schema.point_names.size() != static_cast<std::size_t>(schema.point_count)) {
            return fmt::format("has {} points and {} names for them", schema.point_count,
                               schema.point_names.size());
        }
        std::set<std::int64_t> paired;
        for (const auto& [left, right] : schema.mirrored_points) {
            if (outside(left) || outside(right)) {
                return fmt::format("pairs the points {} and {}, but there are {}", left, right,
                                   schema.point_count);
            }
            if (!paired.insert(left).second || (right != left && !paired.insert(right).second)) {
                return fmt::format("pairs the points {} and {}, one of which is in another pair", left,
                                   right);
            }
        }
        if (std::any_of(schema.ruler.begin(), schema.ruler.end(), outside) ||
            (!schema.ruler.empty() && schema.ruler.size() != 2)) {
            return "has a ruler that is not two of its points";
        }
        return "";
    }

    bool is_spatial() const override { return true; }

    std::string note_when_flipped(const TargetSchema& schema) const override {
        return schema.point_count < 2 || !schema.mirrored_points.empty()
                   ? ""
                   : fmt::format(
                         "augment flips pictures, but the points of '{}' have no left and right pairs: "
                         "the left eye of a mirrored picture is learnt as a right one; name the pairs "
                         "(mirrored: [{}]), or take flip out",
                         schema.name, pairs_by_name(schema.point_names));
    }

    void check(const TargetSchema& schema, const TargetValue& value) const override {
        const auto& points = typed<Points>(schema, value, "list of points");
        require_length(schema, points.size(), static_cast<std::size_t>(schema.point_count));
        for (const auto& point : points) {
            if (point) {
                require_finite(schema, point->x);
                require_finite(schema, point->y);
            }
        }
    }

    void move(const TargetSchema& schema, const Motion& motion, TargetValue& value) const override {
        auto& points = std::get<Points>(value);
        const image::Matrix matrix = matrix_of(schema, motion);
        for (auto& point : points) {
            if (point) {
                point = image::apply(matrix, *point);
            }
        }
        if (motion.mirrored) {
            for (const auto& [left, right] : schema.mirrored_points) {
                std::swap(points.at(static_cast<std::size_t>(left)),
                          points.at(static_cast<std::size_t>(right)));
            }
        }
    }

    Column batch(const TargetSchema& schema, const std::vector<const TargetValue*>& values,
                 image::Extent) const override {
        const auto samples = static_cast<std::int64_t>(values.size());
        Column column{at::zeros({samples, schema.point_count, 2}, at::kFloat),
                      at::zeros({samples, schema.point_count}, at::kBool)};
        auto* places = column.values.data_ptr<float>();
        auto* present = column.present.data_ptr<bool>();
        const auto count = static_cast<std::size_t>(schema.point_count);
        for (const TargetValue* value : values) {
            for (std::size_t index = 0; value != nullptr && index < count; ++index) {
                if (const auto& point = std::get<Points>(*value)[index]) {
                    present[index] = true;
                    places[2 * index] = static_cast<float>(point->x);
                    places[2 * index + 1] = static_cast<float>(point->y);
                }
            }
            places += 2 * count;
            present += count;
        }
        return column;
    }

    std::vector<std::int64_t> prediction_shape(const TargetSchema& schema, std::int64_t samples,
                                               image::Extent) const override {
        return {samples, schema.point_count, 2};
    }

    std::string text(const TargetValue& value) const override {
        std::string text;
        for (const auto& point : std::get<Points>(value)) {
            text += point ? fmt::format("{},{};", point->x, point->y) : "-;";
        }
        return text;
    }

    PredictedValue value(const Answer& answer) const override {
        std::vector<Point> points;
        for (const auto& point : points_in_original(answer)) {
            points.push_back(*point);
        }
        return points;
    }

    core::Json to_json(const Answer& answer, const MaskWriter&) const override {
        core::Json points = core::Json::array();
        for (const auto& point : points_in_original(answer)) {
            points.push_back(core::Json::array({point->x, point->y}));
        }
        return points;
    }

    void caption(const Answer& answer, const TargetValue* truth, std::size_t,
                 std::vector<Caption>& lines) const override {
        const auto* known = std::get_if<Points>(truth);
        if (known == nullptr) {
            return;  // the points are in the picture
        }
        const Points predicted = points_in_original(answer);
        double sum = 0;
        std::size_t count = 0;
        for (std::size_t index = 0; index < predicted.size(); ++index) {
            if (known->at(index) && predicted[index]) {
                sum += std::hypot(known->at(index)->x - predicted[index]->x,
                                  known->at(index)->y - predicted[index]->y);
                ++count;
            }
        }
        if (count > 0) {
            lines.push_back(
                {fmt::format("{} off by {:.1f} pixels", answer.schema.name, sum / static_cast<double>(count)),
                 Mood::plain, -1});
        }
    }

    void draw(const Answer& answer, const TargetValue* truth, const Canvas& canvas) const override {
        const auto* known = std::get_if<Points>(truth);
        if (known != nullptr) {
            draw_points(canvas.picture, *known, canvas.scale, color_of(Mood::right));
        }
        draw_points(canvas.picture, points_in_original(answer), canvas.scale,
                    color_of(known != nullptr ? Mood::wrong : Mood::claim));
    }

    PlaceCount count_places(const Column& column, image::Extent input) const override {
        const auto* places = column.values.const_data_ptr<float>();
        const auto* known = column.present.const_data_ptr<bool>();
        PlaceCount count;
        for (std::int64_t index = 0; index < column.present.numel(); ++index) {
            const float x = places[2 * index];
            const float y = places[2 * index + 1];
            const bool outside =
                x < 0 || y < 0 || x > static_cast<float>(input.width) || y > static_cast<float>(input.height);
            count.known += known[index] ? 1 : 0;
            count.outside += known[index] && outside ? 1 : 0;
        }
        return count;
    }

    TargetSchema example_schema(std::size_t) const override {
        TargetSchema schema = points_target(name(), 4);
        schema.mirrored_points = {{0, 1}};
        return schema;
    }

    TargetValue example_value(const TargetSchema& schema, image::Extent input,
                              std::uint64_t number) const override {
        Points points;
        for (std::int64_t index = 0; index < schema.point_count; ++index) {
            const auto step =
                static_cast<double>((number * 7 + static_cast<std::uint64_t>(index) * 11) % 29) / 29;
            points.emplace_back(Point{step * static_cast<double>(input.width),
                                      (1 - step) * static_cast<double>(input.height)});
        }
        return points;
    }
};

}  // namespace

const Kind& points_kind() {
    static const PointsKind kind;
    return kind;
}

}  // namespace graft::target
