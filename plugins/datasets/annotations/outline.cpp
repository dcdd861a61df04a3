// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "outline.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "annotated.hpp"

namespace graft::annotations {
namespace {

void paint_pixel(std::size_t pixel, std::uint8_t class_index, ClassMap& map) {
    std::uint8_t& there = map.classes[pixel];
    there = there == 0 || there == class_index ? class_index : static_cast<std::uint8_t>(ignored_class);
}

/// Where the polygon's sides cross a horizontal line, from left to right.
std::vector<double> crossings(const std::vector<Point>& polygon, double y) {
    std::vector<double> found;
    for (std::size_t index = 0; index < polygon.size(); ++index) {
        const Point& from = polygon[index];
        const Point& to = polygon[(index + 1) % polygon.size()];
        if ((from.y <= y) != (to.y <= y)) {
            found.push_back(from.x + (y - from.y) / (to.y - from.y) * (to.x - from.x));
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// The first pixel whose centre is not left of x, in 0..end.
std::int64_t first_from(double x, std::int64_t end) {
    return static_cast<std::int64_t>(std::ceil(std::clamp(x - 0.5, 0.0, static_cast<double>(end))));
}

void paint_polygon(const std::vector<Point>& polygon, std::uint8_t class_index, ClassMap& map) {
    const auto [highest, lowest] =
        std::minmax_element(polygon.begin(), polygon.end(),
                            [](const Point& left, const Point& right) { return left.y < right.y; });
    for (std::int64_t row = first_from(highest->y, map.height); row < first_from(lowest->y, map.height);
         ++row) {
        const std::vector<double> sides = crossings(polygon, static_cast<double>(row) + 0.5);
        for (std::size_t side = 0; side + 1 < sides.size(); side += 2) {
            for (std::int64_t column = first_from(sides[side], map.width);
                 column < first_from(sides[side + 1], map.width); ++column) {
                paint_pixel(static_cast<std::size_t>(row * map.width + column), class_index, map);
            }
        }
    }
}

void paint_runs(const std::vector<std::uint32_t>& runs, std::uint8_t class_index, ClassMap& map) {
    std::int64_t place = 0;
    bool is_inside = false;
    for (const std::uint32_t run : runs) {
        for (std::int64_t end = place + run; place < end; ++place) {
            if (is_inside) {
                const std::int64_t row = place % map.height;
                paint_pixel(static_cast<std::size_t>(row * map.width + place / map.height), class_index, map);
            }
        }
        is_inside = !is_inside;
    }
}

}  // namespace

std::vector<std::uint32_t> runs_of_text(const std::string& text) {
    constexpr std::int64_t low = 0x1f;
    constexpr std::int64_t more = 0x20;
    constexpr std::int64_t negative = 0x10;
    constexpr int longest = 6;  // groups of a number below 2^30
    std::vector<std::uint32_t> runs;
    for (std::size_t place = 0; place < text.size();) {
        std::int64_t number = 0;
        std::int64_t group = more;
        for (int count = 0; (group & more) != 0; ++count, ++place) {
            group = place < text.size() ? std::int64_t{text[place]} - '0' : -1;
            if (group < 0 || group > 63 || count >= longest) {
                throw BadAnnotation{"its run-length text is broken at character " +
                                    std::to_string(place + 1)};
            }
            number |= (group & low) << (5 * count);
            if ((group & more) == 0 && (group & negative) != 0) {
                number |= -(std::int64_t{1} << (5 * (count + 1)));
            }
        }
        number += runs.size() > 2 ? std::int64_t{runs[runs.size() - 2]} : 0;
        if (number < 0 || number > std::numeric_limits<std::uint32_t>::max()) {
            throw BadAnnotation{"its run-length text has a run of " + std::to_string(number) + " pixels"};
        }
        runs.push_back(static_cast<std::uint32_t>(number));
    }
    return runs;
}

void require_runs(const std::vector<std::uint32_t>& runs, std::int64_t width, std::int64_t height) {
    std::int64_t sum = 0;
    for (const std::uint32_t run : runs) {
        sum += run;
    }
    if (sum != width * height) {
        throw BadAnnotation{"its runs are " + std::to_string(sum) + " pixels long, but its picture has " +
                            std::to_string(width) + " x " + std::to_string(height)};
    }
}

void paint(const Outline& outline, std::uint8_t class_index, ClassMap& map) {
    for (const std::vector<Point>& polygon : outline.polygons) {
        paint_polygon(polygon, class_index, map);
    }
    paint_runs(outline.runs, class_index, map);
}

}  // namespace graft::annotations
