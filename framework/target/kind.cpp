// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "target/kind.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/problem.hpp"
#include "target/kinds.hpp"
#include "target/mask_colours.hpp"
#include "target/mask_file.hpp"
#include "target/places.hpp"

namespace graft::target {
namespace {

using core::Category;
using core::Failure;

/// The one table: in the order of the enumeration.
const std::vector<const Kind*>& table() {
    static const std::vector<const Kind*> kinds{
        &category_kind(), &labels_kind(), &scalar_kind(), &points_kind(),
        &tensor_kind(),   &mask_kind(),   &boxes_kind(),  &embedding_kind(),
    };
    return kinds;
}

}  // namespace

std::string Kind::schema_problem(const TargetSchema&) const {
    return "";
}

std::string Kind::note_when_moved(const TargetSchema&) const {
    return "";
}

std::string Kind::note_when_flipped(const TargetSchema&) const {
    return "";
}

std::uint64_t Kind::load(const TargetSchema&, TargetValue&) const {
    return 0;
}

void Kind::move(const TargetSchema&, const Motion&, TargetValue&) const {}

void Kind::settle(Answer&) const {}

void Kind::draw(const Answer&, const TargetValue*, const Canvas&) const {}

std::vector<Key> Kind::keys(const Answer&) const {
    return {};
}

std::string Kind::wrong_numbers(const TargetSchema&, const at::Tensor&) const {
    return "";
}

PlaceCount Kind::count_places(const Column&, image::Extent) const {
    return {};
}

std::optional<std::int64_t> Kind::class_of(const TargetValue&) const {
    return std::nullopt;
}

const Kind& kind_of(TargetKind kind) {
    return *table().at(static_cast<std::size_t>(kind));
}

std::vector<TargetKind> all_kinds() {
    std::vector<TargetKind> kinds;
    for (std::size_t index = 0; index < table().size(); ++index) {
        kinds.push_back(static_cast<TargetKind>(index));
    }
    return kinds;
}

std::optional<TargetKind> kind_named(const std::string& name) {
    for (const TargetKind kind : all_kinds()) {
        if (name == kind_name(kind)) {
            return kind;
        }
    }
    return std::nullopt;
}

const char* kind_name(TargetKind kind) {
    return static_cast<std::size_t>(kind) < table().size() ? kind_of(kind).name()
                                                           : "a kind that this graft does not know";
}

bool is_comparable(const TargetSchema& prediction, const TargetSchema& target) {
    return prediction.kind == target.kind && prediction.classes == target.classes &&
           prediction.point_count == target.point_count && prediction.shape == target.shape;
}

void check_targets(const std::vector<TargetSchema>& schemas, const std::vector<TargetValue>& values) {
    if (values.size() != schemas.size()) {
        throw Failure(
            Category::plugin,
            fmt::format("the data set returned {} target values for a sample, but it has {} targets",
                        values.size(), schemas.size()),
            "correct the data set plugin: targets() must return one value a target of its context");
    }
    for (std::size_t index = 0; index < schemas.size(); ++index) {
        if (!std::holds_alternative<std::monostate>(values[index])) {
            kind_of(schemas[index]).check(schemas[index], values[index]);
        }
    }
}

Column make_column(const TargetSchema& schema, const std::vector<std::vector<TargetValue>>& samples,
                   std::size_t target, image::Extent input) {
    std::vector<const TargetValue*> values;
    values.reserve(samples.size());
    for (const auto& sample : samples) {
        const TargetValue& value = sample[target];
        values.push_back(std::holds_alternative<std::monostate>(value) ? nullptr : &value);
    }
    return kind_of(schema).batch(schema, values, input);
}

std::string prediction_problem(const TargetSchema& schema, const at::Tensor& prediction,
                               image::Extent input) {
    const Kind& kind = kind_of(schema);
    const auto wanted = kind.prediction_shape(schema, prediction.dim() > 0 ? prediction.size(0) : 0, input);
    bool fits = static_cast<std::size_t>(prediction.dim()) == wanted.size();
    for (std::size_t side = 0; fits && side < wanted.size(); ++side) {
        fits = wanted[side] < 0 || wanted[side] == prediction.size(static_cast<std::int64_t>(side));
    }
    if (!fits) {
        return fmt::format("has the shape [{}]; a prediction of the kind {} is [{}] (-1: any)",
                           fmt::join(prediction.sizes(), ", "), kind.name(), fmt::join(wanted, ", "));
    }
    if (!at::isfinite(prediction).all().item<bool>()) {
        return "has a number that is not finite";
    }
    return kind.wrong_numbers(schema, prediction);
}

Column joined(const Column& first, const Column& second) {
    at::Tensor left = first.values;
    at::Tensor right = second.values;
    if (left.dim() == 3 && left.size(1) != right.size(1)) {  // boxes alone: rows without one are added
        const std::int64_t rows = std::max(left.size(1), right.size(1));
        for (at::Tensor* narrow : {&left, &right}) {
            at::Tensor empty =
                at::zeros({narrow->size(0), rows - narrow->size(1), box::numbers}, narrow->options());
            empty.select(2, box::state).fill_(-1);
            *narrow = at::cat({*narrow, empty}, 1);
        }
    }
    return {at::cat({left, right}), at::cat({first.present, second.present})};
}

std::vector<Column> blank_targets(const std::vector<TargetSchema>& schemas, std::int64_t samples,
                                  image::Extent input) {
    const std::vector<const TargetValue*> nothing(static_cast<std::size_t>(samples), nullptr);
    std::vector<Column> columns;
    columns.reserve(schemas.size());
    for (const TargetSchema& schema : schemas) {
        columns.push_back(kind_of(schema).batch(schema, nothing, input));
    }
    return columns;
}

std::vector<std::string> schema_problems(const std::vector<TargetSchema>& schemas) {
    std::vector<std::string> problems;
    std::set<std::string> names;
    for (const TargetSchema& schema : schemas) {
        if (schema.name.empty()) {
            problems.emplace_back("a target has no name");
        }
        if (!names.insert(schema.name).second) {
            problems.push_back(fmt::format("target '{}' is declared twice", schema.name));
        }
        if (static_cast<std::size_t>(schema.kind) >= table().size()) {
            problems.push_back(
                fmt::format("target '{}' is of a kind that this graft does not know (number {})", schema.name,
                            static_cast<int>(schema.kind)));
            continue;
        }
        if (schema.frame != Frame::seen && schema.frame != Frame::stored) {
            problems.push_back(
                fmt::format("target '{}' lies in a frame that this graft does not know", schema.name));
        }
        const std::string wrong = kind_of(schema).schema_problem(schema);
        if (!wrong.empty()) {
            problems.push_back(fmt::format("target '{}' {}", schema.name, wrong));
        }
        for (const auto& [name, value] : schema.properties) {
            if (schema.kind == TargetKind::mask && (name == mask_values || name == mask_colours)) {
                continue;  // the kind itself looks at it
            }
            problems.push_back(fmt::format(
                "target '{}' has the property '{}', which this graft does not know", schema.name, name));
        }
    }
    return problems;
}

void wrong_value(const TargetSchema& schema, const std::string& got) {
    throw Failure(Category::plugin, fmt::format("the data set's value for target '{}' {}", schema.name, got),
                  "correct the data set plugin: targets() must return what its schema() says");
}

void require_finite(const TargetSchema& schema, double number) {
    if (!std::isfinite(number)) {
        throw Failure(Category::data, fmt::format("target '{}' is {}", schema.name, number));
    }
}

void require_length(const TargetSchema& schema, std::size_t got, std::size_t expected) {
    if (got != expected) {
        wrong_value(schema, fmt::format("has {} entries, but its schema has {}", got, expected));
    }
}

void require_class(const TargetSchema& schema, std::int64_t index) {
    if (index < 0 || index >= static_cast<std::int64_t>(schema.classes.size())) {
        wrong_value(schema,
                    fmt::format("is class {}, but there are {} classes", index, schema.classes.size()));
    }
}

image::Matrix stored_to_seen(int orientation, image::Extent seen) {
    const auto width = static_cast<double>(seen.width);
    const auto height = static_cast<double>(seen.height);
    // Where the stored picture's x and y end up, in the order of EXIF 2.3, "Orientation".
    switch (orientation) {
        case 2:
            return {-1, 0, width, 0, 1, 0, 0, 0, 1};
        case 3:
            return {-1, 0, width, 0, -1, height, 0, 0, 1};
        case 4:
            return {1, 0, 0, 0, -1, height, 0, 0, 1};
        case 5:
            return {0, 1, 0, 1, 0, 0, 0, 0, 1};
        case 6:
            return {0, -1, width, 1, 0, 0, 0, 0, 1};
        case 7:
            return {0, -1, width, -1, 0, height, 0, 0, 1};
        case 8:
            return {0, 1, 0, -1, 0, height, 0, 0, 1};
        default:
            return image::identity_matrix;
    }
}

image::Matrix matrix_of(const TargetSchema& schema, const Motion& motion) {
    return schema.frame == Frame::stored
               ? image::then(stored_to_seen(motion.orientation, motion.original), motion.matrix)
               : motion.matrix;
}

std::string probability_problem(const at::Tensor& probabilities, bool sums_to_one) {
    if (probabilities.lt(0).any().item<bool>() || probabilities.gt(1.0001).any().item<bool>()) {
        return "has a probability outside 0..1";
    }
    const at::Tensor sums = probabilities.sum(1);
    const bool off = sums_to_one && !at::allclose(sums, at::ones_like(sums), 1e-3, 1e-3);
    return off ? "has probabilities whose sum is not 1" : "";
}

std::vector<std::string> example_classes(std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t index = 0; index < count; ++index) {
        names.push_back("class" + std::to_string(index));
    }
    return names;
}

core::Json probabilities_to_json(const Answer& answer) {
    const std::vector<double> numbers = numbers_of(answer.values);
    core::Json probabilities = core::Json::object();
    for (std::size_t index = 0; index < numbers.size(); ++index) {
        probabilities[answer.schema.classes[index]] = numbers[index];
    }
    return probabilities;
}

std::vector<double> numbers_of(const at::Tensor& values) {
    const at::Tensor flat = values.to(at::kDouble).flatten().contiguous();
    return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

}  // namespace graft::target
