// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "yolo_labels.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

#include "graft/error.hpp"

namespace graft::annotations {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t box_numbers = 4;

std::vector<double> numbers_of(const std::string& line) {
    std::vector<double> numbers;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
        double number = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
        if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(number)) {
            throw BadAnnotation{"'" + word.substr(0, 40) + "' is no number"};
        }
        numbers.push_back(number);
    }
    return numbers;
}

/// Parts of the picture's sides; a little beside it is taken for rounding.
void require_parts(const std::vector<double>& numbers, std::size_t begin, std::size_t end) {
    constexpr double rounding = 0.005;
    for (std::size_t index = begin; index < end; ++index) {
        if (numbers[index] < -rounding || numbers[index] > 1 + rounding) {
            throw BadAnnotation{"number " + std::to_string(index + 1) + " is " +
                                std::to_string(numbers[index]) +
                                "; expected parts of the picture's sides, 0 to 1"};
        }
    }
}

Box box_around(const std::vector<Point>& corners) {
    Box box{corners.front().x, corners.front().y, corners.front().x, corners.front().y, 0, false};
    for (const Point& corner : corners) {
        box.left = std::min(box.left, corner.x);
        box.top = std::min(box.top, corner.y);
        box.right = std::max(box.right, corner.x);
        box.bottom = std::max(box.bottom, corner.y);
    }
    return box;
}

class LineReader {
public:
    LineReader(const YoloData& data, const PictureSize& size)
        : data_(data),
          width_(static_cast<double>(size.width)),
          height_(static_cast<double>(size.height)),
          size_(size) {}

    Instance read(const std::string& line) const {
        const std::vector<double> numbers = numbers_of(line);
        const auto points = static_cast<std::size_t>(data_.points * data_.point_numbers);
        const bool has_box =
            numbers.size() == 1 + box_numbers || (points > 0 && numbers.size() == 1 + box_numbers + points);
        const bool has_outline = points == 0 && numbers.size() >= 7 && numbers.size() % 2 == 1;
        if (!has_box && !has_outline) {
            throw BadAnnotation{"has " + std::to_string(numbers.size()) + " numbers; expected " +
                                expected(points)};
        }
        Instance thing;
        if (has_box) {
            require_parts(numbers, 1, 1 + box_numbers);
            thing.box = {(numbers[1] - numbers[3] / 2) * width_,
                         (numbers[2] - numbers[4] / 2) * height_,
                         (numbers[1] + numbers[3] / 2) * width_,
                         (numbers[2] + numbers[4] / 2) * height_,
                         0,
                         false};
            read_points(numbers, thing);
        } else {
            require_parts(numbers, 1, numbers.size());
            std::vector<Point> corners;
            for (std::size_t index = 1; index < numbers.size(); index += 2) {
                corners.push_back({numbers[index] * width_, numbers[index + 1] * height_});
            }
            thing.box = box_around(corners);
            thing.outline.polygons.push_back(std::move(corners));
        }
        thing.box = inside(thing.box, size_.width, size_.height);
        thing.box.class_index = class_of(numbers.front());
        return thing;
    }

private:
    static std::string expected(std::size_t points) {
        return points > 0 ? "a class and " + std::to_string(box_numbers) + " of its box, and " +
                                std::to_string(points) + " of points behind them or none"
                          : "a class and 4 of its box, or a class and x and y of three corners or more";
    }

    std::int64_t class_of(double number) const {
        const auto classes = static_cast<double>(data_.names.size());
        if (number < 0 || number >= classes || number != std::floor(number)) {
            std::ostringstream text;
            text << "the class is " << number << "; " << data_.file.filename().string() << " names 0 to "
                 << data_.names.size() - 1;
            throw BadAnnotation{text.str()};
        }
        return static_cast<std::int64_t>(number);
    }

    /// A point of which nobody knows has v 0, or, without v, lies at 0, 0.
    void read_points(const std::vector<double>& numbers, Instance& thing) const {
        const auto step = static_cast<std::size_t>(data_.point_numbers);
        for (std::size_t index = 1 + box_numbers; index + step <= numbers.size(); index += step) {
            const bool is_known =
                step == 3 ? numbers[index + 2] > 0 : numbers[index] != 0 || numbers[index + 1] != 0;
            if (is_known) {
                require_parts(numbers, index, index + 2);
            }
            thing.points.push_back(
                is_known ? std::optional(Point{numbers[index] * width_, numbers[index + 1] * height_})
                         : std::nullopt);
        }
    }

    const YoloData& data_;
    double width_;
    double height_;
    PictureSize size_;
};

}  // namespace

fs::path label_of(const fs::path& picture) {
    std::vector<fs::path> parts(picture.begin(), picture.end());
    const auto images = std::find(parts.rbegin(), parts.rend(), "images");
    if (images != parts.rend()) {
        *images = "labels";
    }
    fs::path label;
    for (const fs::path& part : parts) {
        label /= part;
    }
    label.replace_extension(".txt");
    std::error_code error;
    const fs::path beside = fs::path(picture).replace_extension(".txt");
    return !fs::exists(label, error) && fs::exists(beside, error) ? beside : label;
}

std::vector<Instance> read_labels(const fs::path& file, const YoloData& data, const PictureSize& size,
                                  bool needs_outlines, std::vector<DataProblem>& problems) {
    std::ifstream stream(file);
    if (!stream) {
        throw Error(ErrorKind::data, "cannot read " + file.string());
    }
    const LineReader reader(data, size);
    std::vector<Instance> things;
    std::size_t number = 0;
    for (std::string line; std::getline(stream, line);) {
        if (++number == 1 && line.starts_with("\xEF\xBB\xBF")) {
            line.erase(0, 3);  // a byte order mark
        }
        if (line.find_first_not_of(" \t\r") == std::string::npos) {
            continue;
        }
        try {
            things.push_back(reader.read(line));
            if (needs_outlines && things.back().outline.is_empty()) {
                throw BadAnnotation{"is a box without an outline, which the target mask needs"};
            }
        } catch (const BadAnnotation& bad) {
            problems.push_back({file.string() + ":" + std::to_string(number), bad.message});
        }
    }
    return things;
}

}  // namespace graft::annotations
