// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "annotated.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "graft/error.hpp"

namespace graft::annotations {
namespace {

constexpr const char* background = "background";

Boxes boxes_of(const Picture& picture) {
    Boxes boxes;
    for (const Instance& thing : picture.things) {
        boxes.push_back(thing.box);
    }
    return boxes;
}

ClassMap mask_of(const Picture& picture) {
    ClassMap map{picture.width, picture.height, {}};
    map.classes.resize(static_cast<std::size_t>(picture.width * picture.height));
    for (const Instance& thing : picture.things) {
        paint(thing.outline, static_cast<std::uint8_t>(thing.box.class_index + 1), map);
    }
    return map;
}

std::pair<std::int64_t, double> rank_of(const Instance& thing) {
    const auto known = std::count_if(thing.points.begin(), thing.points.end(),
                                     [](const auto& point) { return point.has_value(); });
    const Box& box = thing.box;
    return {known, (box.right - box.left) * (box.bottom - box.top)};
}

TargetValue points_of(const Picture& picture) {
    const auto best = std::max_element(
        picture.things.begin(), picture.things.end(),
        [](const Instance& left, const Instance& right) { return rank_of(left) < rank_of(right); });
    if (best == picture.things.end() || rank_of(*best).first == 0) {
        return {};
    }
    return best->points;
}

std::string numbers_text(const Box& box) {
    std::string text;
    for (const double number : {box.left, box.top, box.right, box.bottom}) {
        std::array<char, 32> digits{};
        std::snprintf(digits.data(), digits.size(), "%.6g", number);
        text += (text.empty() ? "" : ", ") + std::string(digits.data());
    }
    return text;
}

}  // namespace

OptionSpec targets_option(const std::string& what) {
    return option::texts("targets", {"boxes"}, what);
}

bool wants(const Options& options, const std::string& target) {
    const std::vector<std::string>& names = options.texts("targets");
    for (const std::string& name : names) {
        if (name != "boxes" && name != "mask" && name != "points") {
            throw Error(ErrorKind::options, "`targets` has '" + name + "'; allowed: boxes, mask, points");
        }
        if (std::count(names.begin(), names.end(), name) > 1) {
            throw Error(ErrorKind::options, "`targets` has '" + name + "' twice; once is enough");
        }
    }
    if (names.empty()) {
        throw Error(ErrorKind::options, "`targets` is empty; allowed: boxes, mask, points");
    }
    return std::find(names.begin(), names.end(), target) != names.end();
}

std::vector<TargetSchema> target_schemas(const Options& options, const std::vector<std::string>& classes,
                                         const std::optional<TargetSchema>& points) {
    if (wants(options, "mask") && std::find(classes.begin(), classes.end(), background) != classes.end()) {
        throw Error(
            ErrorKind::options,
            "one of the classes is 'background', which a mask has besides; name the others in `classes`");
    }
    if (wants(options, "points") && !points) {
        throw Error(ErrorKind::options,
                    "`targets` has 'points', but the annotations tell of none; leave it out");
    }
    std::vector<TargetSchema> schemas;
    for (const std::string& name : options.texts("targets")) {
        std::vector<std::string> all = classes;
        if (name == "mask" && !all.empty()) {
            all.insert(all.begin(), background);
        }
        schemas.push_back(name == "boxes"  ? boxes_target(name, all)
                          : name == "mask" ? mask_target(name, all)
                                           : *points);
    }
    return schemas;
}

std::vector<std::string> classes_of(const std::vector<TargetSchema>& schemas) {
    for (const TargetSchema& schema : schemas) {
        if (schema.kind == TargetKind::boxes) {
            return schema.classes;
        }
        if (schema.kind == TargetKind::mask && !schema.classes.empty()) {
            return {schema.classes.begin() + 1, schema.classes.end()};
        }
    }
    return {};
}

Box inside(Box box, std::int64_t width, std::int64_t height) {
    constexpr double rounding = 1;  // pixels
    const std::string text = "its box [" + numbers_text(box) + "] (left, top, right, bottom)";
    if (!std::isfinite(box.left + box.top + box.right + box.bottom)) {
        throw BadAnnotation{text + " is not finite"};
    }
    if (!(box.right > box.left && box.bottom > box.top)) {
        throw BadAnnotation{text + " is empty"};
    }
    const auto right = static_cast<double>(width);
    const auto bottom = static_cast<double>(height);
    if (box.left < -rounding || box.top < -rounding || box.right > right + rounding ||
        box.bottom > bottom + rounding) {
        throw BadAnnotation{text + " lies outside its picture of " + std::to_string(width) + " x " +
                            std::to_string(height) + " pixels"};
    }
    box.left = std::max(box.left, 0.0);
    box.top = std::max(box.top, 0.0);
    box.right = std::min(box.right, right);
    box.bottom = std::min(box.bottom, bottom);
    if (!(box.right > box.left && box.bottom > box.top)) {
        throw BadAnnotation{text + " lies beside its picture"};
    }
    return box;
}

void require_readable(std::int64_t width, std::int64_t height) {
    constexpr std::int64_t most_pixels = 100'000'000;
    if (width > most_pixels / height) {
        throw BadAnnotation{"is " + std::to_string(width) + " x " + std::to_string(height) +
                            " pixels large; at most 100 million are read"};
    }
}

void Album::require_pictures(const std::string& source) const {
    if (!pictures_.empty()) {
        return;
    }
    constexpr std::size_t named_at_most = 5;
    std::string text = source + " gives no picture that can be used";
    for (std::size_t index = 0; index < std::min(problems_.size(), named_at_most); ++index) {
        text += "\n  " + problems_[index].place + ": " + problems_[index].message;
    }
    throw Error(ErrorKind::data, text + "\nCorrect `root`, the other paths, or the annotations.");
}

AnnotatedDataset::AnnotatedDataset(std::vector<TargetSchema> targets, Album album)
    : targets_(std::move(targets)), album_(std::move(album)) {}

std::vector<TargetValue> AnnotatedDataset::targets(std::int64_t index) const {
    std::vector<TargetValue> values;
    for (const TargetSchema& schema : targets_) {
        values.push_back(schema.kind == TargetKind::boxes  ? TargetValue(boxes_of(picture(index)))
                         : schema.kind == TargetKind::mask ? TargetValue(MaskSource(mask_of(picture(index))))
                                                           : points_of(picture(index)));
    }
    return values;
}

}  // namespace graft::annotations
