// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "coco_fields.hpp"

#include <cmath>
#include <limits>

#include "annotated.hpp"

namespace graft::annotations {
namespace {

/// The start of a value, for messages.
std::string shown(const Json& value) {
    if (value.is_structured()) {
        return value.is_array() ? "a list of " + std::to_string(value.size()) : "an object";
    }
    constexpr std::size_t most = 40;
    const std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    return text.size() <= most ? text : text.substr(0, most) + "...";
}

const Json& field_of(const Json& object, const char* field, const std::string& expected) {
    const auto found = object.find(field);
    if (found == object.end()) {
        throw BadAnnotation{std::string("has no `") + field + "`; expected " + expected};
    }
    return *found;
}

[[noreturn]] void wrong(const std::string& field, const Json& value, const std::string& expected) {
    throw BadAnnotation{"`" + field + "` is " + shown(value) + "; expected " + expected};
}

double finite(const Json& value, const std::string& field) {
    if (!value.is_number() || !std::isfinite(value.get<double>())) {
        wrong(field, value, "a number");
    }
    return value.get<double>();
}

std::vector<double> numbers_of(const Json& list, const std::string& field) {
    std::vector<double> numbers;
    for (const Json& value : list) {
        numbers.push_back(finite(value, field + "[" + std::to_string(numbers.size()) + "]"));
    }
    return numbers;
}

std::vector<Point> polygon_of(const Json& list, const std::string& field) {
    if (!list.is_array() || list.size() < 6 || list.size() % 2 != 0) {
        wrong(field, list, "x and y in turn, of three corners or more");
    }
    const std::vector<double> numbers = numbers_of(list, field);
    std::vector<Point> polygon;
    constexpr double farthest = 1e6;  // pixels; beyond, sides could not be computed with
    for (const double number : numbers) {
        if (std::abs(number) > farthest) {
            wrong(field, list, "places in a picture, within a million of its corner");
        }
    }
    for (std::size_t index = 0; index + 1 < numbers.size(); index += 2) {
        polygon.push_back({numbers[index], numbers[index + 1]});
    }
    return polygon;
}

std::vector<std::uint32_t> runs_of(const Json& value) {
    const Json& counts = field_of(value, "counts", "a list of run lengths, or their compressed text");
    if (counts.is_string()) {
        return runs_of_text(counts.get<std::string>());
    }
    if (!counts.is_array()) {
        wrong("segmentation.counts", counts, "a list of run lengths, or their compressed text");
    }
    std::vector<std::uint32_t> runs;
    for (const Json& count : counts) {
        if (!count.is_number_unsigned() ||
            count.get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max()) {
            wrong("segmentation.counts[" + std::to_string(runs.size()) + "]", count, "a number of pixels");
        }
        runs.push_back(count.get<std::uint32_t>());
    }
    return runs;
}

}  // namespace

std::int64_t whole_number(const Json& object, const char* field, std::optional<std::int64_t> least) {
    const std::string expected = least ? "a whole number above 0" : "a whole number";
    const Json& value = field_of(object, field, expected);
    constexpr double most = 9007199254740992;  // 2^53: beyond, numbers with a point are not exact
    std::int64_t number = 0;
    if (value.is_number_float() && std::trunc(value.get<double>()) == value.get<double>() &&
        std::abs(value.get<double>()) <= most) {
        number = static_cast<std::int64_t>(value.get<double>());
    } else if (value.is_number_integer() &&
               !(value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t(1) << 62)) {
        number = value.get<std::int64_t>();
    } else {
        wrong(field, value, expected);
    }
    if (number < least.value_or(number)) {
        wrong(field, value, expected);
    }
    return number;
}

std::string text_of(const Json& object, const char* field) {
    const Json& value = field_of(object, field, "a text");
    if (!value.is_string() || value.get<std::string>().empty()) {
        wrong(field, value, "a text");
    }
    return value.get<std::string>();
}

std::vector<std::string> texts_of(const Json& object, const char* field) {
    std::vector<std::string> texts;
    const auto found = object.find(field);
    const bool is_there = found != object.end() && !found->is_null();
    if (is_there && !found->is_array()) {
        wrong(field, *found, "a list of texts");
    }
    for (const Json& value : is_there ? *found : Json::array()) {
        if (!value.is_string()) {
            wrong(std::string(field) + "[" + std::to_string(texts.size()) + "]", value, "a text");
        }
        texts.push_back(value.get<std::string>());
    }
    return texts;
}

bool is_crowd(const Json& object) {
    const auto found = object.find("iscrowd");
    if (found == object.end() || found->is_null() || *found == 0 || *found == false) {
        return false;
    }
    if (*found != 1 && *found != true) {
        wrong("iscrowd", *found, "0 or 1");
    }
    return true;
}

Box box_of(const Json& object) {
    const Json& value = field_of(object, "bbox", "[left, top, width, height]");
    if (!value.is_array() || value.size() != 4) {
        wrong("bbox", value, "[left, top, width, height]");
    }
    const std::vector<double> numbers = numbers_of(value, "bbox");
    return {numbers[0], numbers[1], numbers[0] + numbers[2], numbers[1] + numbers[3], 0, false};
}

Outline outline_of(const Json& object) {
    Outline outline;
    const auto found = object.find("segmentation");
    if (found == object.end() || found->is_null()) {
        return outline;
    }
    if (found->is_object()) {
        outline.runs = runs_of(*found);
        const Json& size = field_of(*found, "size", "[height, width]");
        if (!size.is_array() || size.size() != 2 || !size[0].is_number_unsigned() ||
            !size[1].is_number_unsigned() || size[0] > 1'000'000 || size[1] > 1'000'000) {
            wrong("segmentation.size", size, "[height, width]");
        }
        require_runs(outline.runs, size[1].get<std::int64_t>(), size[0].get<std::int64_t>());
        return outline;
    }
    if (!found->is_array()) {
        wrong("segmentation", *found, "a list of polygons, or run lengths");
    }
    for (const Json& polygon : *found) {
        outline.polygons.push_back(
            polygon_of(polygon, "segmentation[" + std::to_string(outline.polygons.size()) + "]"));
    }
    return outline;
}

Points points_of(const Json& object) {
    const auto found = object.find("keypoints");
    if (found == object.end() || found->is_null()) {
        return {};
    }
    if (!found->is_array() || found->size() % 3 != 0) {
        wrong("keypoints", *found, "x, y and v in turn");
    }
    constexpr double middle = 0.5;
    const std::vector<double> numbers = numbers_of(*found, "keypoints");
    Points points;
    for (std::size_t index = 0; index < numbers.size(); index += 3) {
        const double visible = numbers[index + 2];
        if (visible != 0 && visible != 1 && visible != 2) {
            wrong("keypoints[" + std::to_string(index + 2) + "]", (*found)[index + 2],
                  "0 (not marked), 1 (hidden) or 2 (seen)");
        }
        points.push_back(visible == 0
                             ? std::nullopt
                             : std::optional(Point{numbers[index] + middle, numbers[index + 1] + middle}));
    }
    return points;
}

}  // namespace graft::annotations
