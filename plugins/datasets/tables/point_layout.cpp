// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "point_layout.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <string>
#include <utility>

#include "cells.hpp"
#include "graft/error.hpp"
#include "listing.hpp"

namespace graft::tables {
namespace {

// The 68 points of iBUG 300-W, from 0: jaw, brows, nostrils, eyes, outer lips, inner lips. The middle of the
// jaw, nose and lips (8, 27 to 30, 33, 51, 57, 62, 66) have no partner.
const std::vector<std::int64_t> mirrored_of_68{
    0,  16, 1,  15, 2,  14, 3,  13, 4,  12, 5,  11, 6,  10, 7,  9,   // jaw
    17, 26, 18, 25, 19, 24, 20, 23, 21, 22,                          // brows
    31, 35, 32, 34,                                                  // nostrils
    36, 45, 37, 44, 38, 43, 39, 42, 40, 47, 41, 46,                  // eyes
    48, 54, 49, 53, 50, 52, 55, 59, 56, 58, 60, 64, 61, 63, 65, 67,  // lips
};

// The outer corners of the eyes, by whose distance 300-W measures errors.
const std::vector<std::int64_t> ruler_of_68{36, 45};

[[noreturn]] void refuse_layout(const std::string& message) {
    throw Error(ErrorKind::options, message);
}

std::string columns_text(std::size_t stride) {
    return stride == 3 ? "x, y and v" : "x and y";
}

}  // namespace

OptionTable PointLayout::options() {
    return {option::integer("point_count", 0, "number of points; absent: the table's header tells")
                .at_least(1)
                .optional(),
            option::texts("point_names", {}, "names of the points, in the order of the columns").optional(),
            option::texts("mirrored", {},
                          "points that change names in a mirror image, as left, right, left, right, ..., by "
                          "name or from 0; absent: those of iBUG's layout if there are 68 points, else none")
                .optional(),
            option::texts("ruler", {},
                          "two points whose distance errors are divided by, by name or from 0; absent: the "
                          "outer corners of the eyes if there are 68 points, else none")
                .optional(),
            option::boolean("visibility", false,
                            "each point has a third column v as in COCO: 0 missing, 1 hidden, 2 visible"),
            option::choice("origin", {"centre", "corner"}, "centre",
                           "what (0, 0) is: the centre of the first pixel, so that whole numbers count "
                           "pixels, or its outer corner"),
            option::boolean("negative_is_missing", false,
                            "a point with a negative coordinate is missing; else it lies outside of the "
                            "picture")};
}

PointLayout::PointLayout(const Options& options)
    : stride_(options.boolean("visibility") ? 3 : 2),
      shift_(options.text("origin") == "centre" ? 0.5 : 0.0),
      negative_is_missing_(options.boolean("negative_is_missing")) {
    if (options.has("point_count")) {
        count_ = options.integer("point_count");
    }
    if (options.has("point_names")) {
        names_ = options.texts("point_names");
        const auto named = static_cast<std::int64_t>(names_.size());
        if (count_.value_or(named) != named || named == 0) {
            refuse_layout("`point_names` has " + std::to_string(named) + " names" +
                          (count_ ? ", but `point_count` is " + std::to_string(*count_) : "") +
                          "; name every point, or leave it out");
        }
        if (const std::string twice = repeated(names_); !twice.empty()) {
            refuse_layout("`point_names` has '" + twice + "' twice; every point needs a name of its own");
        }
        count_ = named;
    }
    if (options.has("mirrored")) {
        mirrored_ = options.texts("mirrored");
    }
    if (options.has("ruler")) {
        ruler_ = options.texts("ruler");
    }
}

std::int64_t PointLayout::count(const Csv& csv) const {
    const std::size_t columns = csv.header.cells.size();
    const std::size_t found = (columns - 1) / stride_;
    const bool whole = found > 0 && (columns - 1) % stride_ == 0;
    if (!whole || (count_ && static_cast<std::int64_t>(found) != *count_)) {
        std::string expected = "the file's and " + columns_text(stride_) + " of each point";
        if (count_) {
            expected += ", " + std::to_string(1 + stride_ * static_cast<std::size_t>(*count_)) + " for " +
                        std::to_string(*count_) + " points";
        }
        throw Error(ErrorKind::data, csv.place(csv.header) + ": the header has " + std::to_string(columns) +
                                         " columns; expected " + expected +
                                         ".\nCorrect `csv`, `point_count` or `visibility`.");
    }
    return static_cast<std::int64_t>(found);
}

TargetSchema PointLayout::schema(std::int64_t count) const {
    TargetSchema schema = points_target("points", count);
    schema.point_names = names_;
    const std::vector<std::int64_t> none;
    const std::vector<std::int64_t> pairs = mirrored_     ? chosen("mirrored", *mirrored_, count)
                                            : count == 68 ? mirrored_of_68
                                                          : none;
    if (pairs.size() % 2 != 0) {
        refuse_layout("`mirrored` has " + std::to_string(pairs.size()) +
                      " points; expected pairs: left, right, left, right, ...");
    }
    std::set<std::int64_t> paired;
    for (std::size_t entry = 0; entry < pairs.size(); entry += 2) {
        const std::set<std::int64_t> pair{pairs[entry], pairs[entry + 1]};
        for (const std::int64_t point : pair) {
            if (!paired.insert(point).second) {
                refuse_layout("`mirrored` has point " + std::to_string(point) +
                              " in two pairs; expected each once");
            }
        }
        schema.mirrored_points.emplace_back(pairs[entry], pairs[entry + 1]);
    }
    schema.ruler = ruler_ ? chosen("ruler", *ruler_, count) : count == 68 ? ruler_of_68 : none;
    if (!schema.ruler.empty() && schema.ruler.size() != 2) {
        refuse_layout("`ruler` has " + std::to_string(schema.ruler.size()) + " points; expected two");
    }
    return schema;
}

/// Each is one of the points, and there once.
std::vector<std::int64_t> PointLayout::chosen(const std::string& option,
                                              const std::vector<std::string>& points,
                                              std::int64_t count) const {
    std::vector<std::int64_t> list;
    for (const std::string& point : points) {
        list.push_back(index_of(option, point, count));
        if (std::count(list.begin(), list.end(), list.back()) > 1) {
            refuse_layout("`" + option + "` has point " + point + " twice; name it once");
        }
    }
    return list;
}

std::int64_t PointLayout::index_of(const std::string& option, const std::string& point,
                                   std::int64_t count) const {
    const auto named = std::find(names_.begin(), names_.end(), point);
    if (named != names_.end()) {
        return named - names_.begin();
    }
    std::int64_t number = -1;
    const auto [end, error] = std::from_chars(point.data(), point.data() + point.size(), number);
    if (error != std::errc() || end != point.data() + point.size()) {
        refuse_layout("`" + option + "` names the point '" + point + "'; " +
                      (names_.empty()
                           ? "the points have no names: give them by `point_names`, or write numbers from 0"
                           : "the points are " + joined(names_)));
    }
    if (number < 0 || number >= count) {
        refuse_layout("`" + option + "` has point " + point + ", but the points are 0 to " +
                      std::to_string(count - 1));
    }
    return number;
}

Points PointLayout::read(const Row& row) const {
    Points points;
    for (std::size_t index = 0; 1 + index * stride_ < row.cells.size(); ++index) {
        points.push_back(point(row, index));
    }
    return points;
}

std::optional<Point> PointLayout::point(const Row& row, std::size_t index) const {
    const std::size_t column = 1 + index * stride_;
    const std::string& x = row.cells[column];
    const std::string& y = row.cells[column + 1];
    const std::string name = "point " + std::to_string(index);
    const auto number = [&](const char* axis, const std::string& cell) {
        return require_number(cell, axis + (" of " + name), "a number of pixels, or nothing");
    };
    if (stride_ == 3) {
        const std::string& visible = row.cells[column + 2];
        const std::optional<double> value = is_missing(visible) ? 0.0 : to_number(visible);
        if (!value || (*value != 0 && *value != 1 && *value != 2)) {
            throw BadRecord{"v of " + name + " is '" + visible + "'; expected 0, 1 or 2"};
        }
        if (*value == 0) {
            return std::nullopt;
        }
    }
    if (is_missing(x) && is_missing(y)) {
        return std::nullopt;
    }
    if (is_missing(x) || is_missing(y)) {
        throw BadRecord{name + " has only one coordinate; expected both, or none"};
    }
    const Point place{number("x", x) + shift_, number("y", y) + shift_};
    if (negative_is_missing_ && (place.x < shift_ || place.y < shift_)) {
        return std::nullopt;
    }
    return place;
}

}  // namespace graft::tables
