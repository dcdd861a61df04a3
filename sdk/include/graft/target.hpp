// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

/// @file
/// What a data set knows about a sample besides its picture. Free of LibTorch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace graft {

/// What a target is. The host knows all that there is to know of a kind from one table; plugins bring no
/// kinds, `tensor` serves what is none of the others.
enum class TargetKind {
    category,   ///< one of several classes
    labels,     ///< any number of several classes
    scalar,     ///< a number with a unit
    points,     ///< places in the picture
    tensor,     ///< anything else: a fixed shape of numbers, which stays as it is when the picture moves
    mask,       ///< a class for every pixel
    boxes,      ///< any number of rectangles in the picture, each with a class
    embedding,  ///< only predicted: a vector that stands for the picture
};

/// In which picture the places of a target lie, where the file says that it is to be turned (EXIF).
enum class Frame {
    seen,    ///< as people see it, turned already
    stored,  ///< as the pixels lie in the file
};

/// The class of a pixel that does not count.
inline constexpr std::int64_t ignored_class = 255;

/// One named target of a data set, or one prediction of a head. Only the fields of its kind are filled. This
/// struct never grows (docs/plugin-abi.md); what comes later comes by name in `properties`.
struct TargetSchema {
    std::string name;                        ///< as the pipeline names it
    TargetKind kind = TargetKind::category;  ///< says which of the fields below are filled
    std::vector<std::string> classes;  ///< category, labels, mask (at most 255), boxes: names in the order
                                       ///< of their indices; tensor: none, or one an entry of the first side
    std::string unit;                  ///< scalar: "years"
    std::int64_t point_count = 0;      ///< points
    std::vector<std::string> point_names;                                ///< points: none, or one each
    std::vector<std::pair<std::int64_t, std::int64_t>> mirrored_points;  ///< points: left/right pairs
    std::vector<std::int64_t> ruler;  ///< points: none, or two whose distance errors are measured by
                                      ///< (outer corners of the eyes)
    std::vector<std::int64_t> shape;  ///< tensor; embedding: its one length
    Frame frame = Frame::seen;        ///< points, mask, boxes
    std::map<std::string, std::string> properties;  ///< the host names those that it does not know

    /// All fields are equal.
    bool operator==(const TargetSchema&) const = default;
};

/// What the others are made by: a name, a kind and classes.
inline TargetSchema make_target(std::string name, TargetKind kind, std::vector<std::string> classes = {}) {
    TargetSchema schema;
    schema.name = std::move(name);
    schema.kind = kind;
    schema.classes = std::move(classes);
    return schema;
}
/// One of several classes.
inline TargetSchema category_target(std::string name, std::vector<std::string> classes) {
    return make_target(std::move(name), TargetKind::category, std::move(classes));
}
/// Any number of several classes.
inline TargetSchema labels_target(std::string name, std::vector<std::string> classes) {
    return make_target(std::move(name), TargetKind::labels, std::move(classes));
}
/// A number in a unit.
inline TargetSchema scalar_target(std::string name, std::string unit) {
    TargetSchema schema = make_target(std::move(name), TargetKind::scalar);
    schema.unit = std::move(unit);
    return schema;
}
/// Names, mirrored pairs and ruler, where there are any, are set afterwards.
inline TargetSchema points_target(std::string name, std::int64_t count) {
    TargetSchema schema = make_target(std::move(name), TargetKind::points);
    schema.point_count = count;
    return schema;
}
/// Numbers of a fixed shape.
inline TargetSchema tensor_target(std::string name, std::vector<std::int64_t> shape) {
    TargetSchema schema = make_target(std::move(name), TargetKind::tensor);
    schema.shape = std::move(shape);
    return schema;
}
/// A class for every pixel.
inline TargetSchema mask_target(std::string name, std::vector<std::string> classes) {
    return make_target(std::move(name), TargetKind::mask, std::move(classes));
}
/// Rectangles, each with a class.
inline TargetSchema boxes_target(std::string name, std::vector<std::string> classes) {
    return make_target(std::move(name), TargetKind::boxes, std::move(classes));
}
/// A vector of a length; only predicted.
inline TargetSchema embedding_target(std::string name, std::int64_t length) {
    TargetSchema schema = make_target(std::move(name), TargetKind::embedding);
    schema.shape = {length};
    return schema;
}

/// A place in pixels: (0, 0) is the outer corner of the first pixel, (0.5, 0.5) its centre.
struct Point {
    double x = 0;  ///< to the right
    double y = 0;  ///< downwards
};

/// A rectangle in the picture's own pixels, from its upper left to its lower right corner.
struct Box {
    double left = 0;               ///< in pixels
    double top = 0;                ///< in pixels
    double right = 0;              ///< in pixels
    double bottom = 0;             ///< in pixels
    std::int64_t class_index = 0;  ///< among the schema's classes
    bool ignored = false;  ///< a crowd, or too hard: what is predicted there counts neither for nor against
};

/// The bytes of an image file of any format that the host decodes.
struct EncodedImage {
    std::vector<std::uint8_t> bytes;  ///< of the whole file
};

/// A class for every pixel, row after row, width * height numbers; `ignored_class`: does not count.
struct ClassMap {
    std::int64_t width = 0;             ///< in pixels
    std::int64_t height = 0;            ///< in pixels
    std::vector<std::uint8_t> classes;  ///< width * height class indices
};

/// Where a mask is. A file is a PNG with a palette or grey of at most 8 bits, whose stored numbers are the
/// classes; the host reads it together with the sample's picture and it has the picture's size.
using MaskSource = std::variant<std::filesystem::path, EncodedImage, ClassMap>;

using Labels = std::vector<std::optional<bool>>;   ///< one a class; nullopt: nobody knows
using Points = std::vector<std::optional<Point>>;  ///< one a point, in the picture's own pixels
using Boxes = std::vector<Box>;                    ///< any number; none: there is nothing to find

/// One sample's value in natural units: class index | labels | number | points | flat row-major
/// numbers | mask | boxes. `monostate`: missing; the sample then does not count for this target. Alternatives
/// are only appended, and none is larger than the largest here (docs/plugin-abi.md).
using TargetValue =
    std::variant<std::monostate, std::int64_t, Labels, double, Points, std::vector<float>, MaskSource, Boxes>;

}  // namespace graft
