// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a data set knows about a sample besides its picture. Free of LibTorch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace graft {

enum class TargetKind {
    category,  ///< one of several classes
    labels,    ///< any number of several classes
    scalar,    ///< a number with a unit
    points,    ///< places in the picture
    tensor,    ///< anything else: a fixed shape of numbers
};

/// One named target of a data set. Only the fields of its kind are filled.
struct TargetSchema {
    std::string name;
    TargetKind kind = TargetKind::category;
    std::vector<std::string> classes;      ///< category, labels: names in the order of their indices
    std::string unit;                      ///< scalar: "years"
    std::int64_t point_count = 0;          ///< points
    std::vector<std::string> point_names;  ///< points: none, or one each
    std::vector<std::pair<std::int64_t, std::int64_t>> mirrored_points;  ///< points: left/right pairs
    std::vector<std::int64_t> ruler;  ///< points: none, or two whose distance errors are measured by
                                      ///< (outer corners of the eyes)
    std::vector<std::int64_t> shape;  ///< tensor

    bool operator==(const TargetSchema&) const = default;
};

inline TargetSchema category_target(std::string name, std::vector<std::string> classes) {
    TargetSchema schema;
    schema.name = std::move(name);
    schema.classes = std::move(classes);
    return schema;
}
inline TargetSchema labels_target(std::string name, std::vector<std::string> classes) {
    TargetSchema schema = category_target(std::move(name), std::move(classes));
    schema.kind = TargetKind::labels;
    return schema;
}
inline TargetSchema scalar_target(std::string name, std::string unit) {
    TargetSchema schema;
    schema.name = std::move(name);
    schema.kind = TargetKind::scalar;
    schema.unit = std::move(unit);
    return schema;
}
/// Names, mirrored pairs and ruler, where there are any, are set afterwards.
inline TargetSchema points_target(std::string name, std::int64_t count) {
    TargetSchema schema;
    schema.name = std::move(name);
    schema.kind = TargetKind::points;
    schema.point_count = count;
    return schema;
}
inline TargetSchema tensor_target(std::string name, std::vector<std::int64_t> shape) {
    TargetSchema schema;
    schema.name = std::move(name);
    schema.kind = TargetKind::tensor;
    schema.shape = std::move(shape);
    return schema;
}

/// A place in pixels: (0, 0) is the outer corner of the first pixel, (0.5, 0.5) its centre.
struct Point {
    double x = 0;
    double y = 0;
};

using Labels = std::vector<std::optional<bool>>;   ///< one a class; nullopt: nobody knows
using Points = std::vector<std::optional<Point>>;  ///< one a point, in the picture's own pixels

/// One sample's value in natural units: class index | labels | number | points | flat row-major
/// numbers. `monostate`: missing; the sample then does not count for this target.
using TargetValue = std::variant<std::monostate, std::int64_t, Labels, double, Points, std::vector<float>>;

}  // namespace graft
