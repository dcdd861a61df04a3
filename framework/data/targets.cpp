// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "data/targets.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/problem.hpp"

namespace graft::data {
namespace {

using core::Category;
using core::Failure;

std::size_t element_count(const TargetSchema& schema) {
    return static_cast<std::size_t>(
        std::accumulate(schema.shape.begin(), schema.shape.end(), std::int64_t{1}, std::multiplies<>()));
}

[[noreturn]] void wrong(const TargetSchema& schema, const std::string& got) {
    throw Failure(Category::plugin, fmt::format("the data set's value for target '{}' {}", schema.name, got),
                  "correct the data set plugin: targets() must return what its schema() says");
}

void require_finite(const TargetSchema& schema, double number) {
    if (!std::isfinite(number)) {
        throw Failure(Category::data, fmt::format("target '{}' is {}", schema.name, number));
    }
}

template <class Type>
const Type& typed(const TargetSchema& schema, const TargetValue& value, const char* expected) {
    const auto* found = std::get_if<Type>(&value);
    if (found == nullptr) {
        wrong(schema, fmt::format("is no {}", expected));
    }
    return *found;
}

void check_length(const TargetSchema& schema, std::size_t got, std::size_t expected) {
    if (got != expected) {
        wrong(schema, fmt::format("has {} entries, but its schema has {}", got, expected));
    }
}

void check_class(const TargetSchema& schema, std::int64_t index) {
    if (index < 0 || index >= static_cast<std::int64_t>(schema.classes.size())) {
        wrong(schema, fmt::format("is class {}, but there are {} classes", index, schema.classes.size()));
    }
}

void check_points(const TargetSchema& schema, const Points& points) {
    check_length(schema, points.size(), static_cast<std::size_t>(schema.point_count));
    for (const auto& point : points) {
        if (point) {
            require_finite(schema, point->x);
            require_finite(schema, point->y);
        }
    }
}

void check_value(const TargetSchema& schema, const TargetValue& value) {
    if (std::holds_alternative<std::monostate>(value)) {
        return;
    }
    switch (schema.kind) {
        case TargetKind::category:
            return check_class(schema, typed<std::int64_t>(schema, value, "class index"));
        case TargetKind::labels:
            return check_length(schema, typed<Labels>(schema, value, "list of labels").size(),
                                schema.classes.size());
        case TargetKind::scalar:
            return require_finite(schema, typed<double>(schema, value, "number"));
        case TargetKind::points:
            return check_points(schema, typed<Points>(schema, value, "list of points"));
        case TargetKind::tensor: {
            const auto& numbers = typed<std::vector<float>>(schema, value, "list of numbers");
            check_length(schema, numbers.size(), element_count(schema));
            for (const float number : numbers) {
                require_finite(schema, number);
            }
            return;
        }
    }
}

/// Writes one sample's value and presence; both rows are zero before.
class Row {
public:
    Row(Column& column, std::size_t index) : column_(column), index_(index) {}

    template <class Type>
    Type* values() const {
        const auto width = static_cast<std::size_t>(column_.values.numel() / column_.values.size(0));
        return column_.values.data_ptr<Type>() + index_ * width;
    }
    bool* present() const {
        const auto width = static_cast<std::size_t>(column_.present.numel() / column_.present.size(0));
        return column_.present.data_ptr<bool>() + index_ * width;
    }

private:
    Column& column_;
    std::size_t index_;
};

void write(const Row& row, std::int64_t class_index) {
    *row.values<std::int64_t>() = class_index;
    *row.present() = true;
}

void write(const Row& row, double number) {
    *row.values<float>() = static_cast<float>(number);
    *row.present() = true;
}

void write(const Row& row, const std::vector<float>& numbers) {
    std::copy(numbers.begin(), numbers.end(), row.values<float>());
    *row.present() = true;
}

void write(const Row& row, const Labels& labels) {
    for (std::size_t at = 0; at < labels.size(); ++at) {
        row.present()[at] = labels[at].has_value();
        row.values<float>()[at] = labels[at].value_or(false) ? 1.0F : 0.0F;
    }
}

void write(const Row& row, const Points& points) {
    for (std::size_t at = 0; at < points.size(); ++at) {
        if (points[at]) {
            row.present()[at] = true;
            row.values<float>()[2 * at] = static_cast<float>(points[at]->x);
            row.values<float>()[2 * at + 1] = static_cast<float>(points[at]->y);
        }
    }
}

void write(const Row&, std::monostate) {}

Column zero_column(const TargetSchema& schema, std::int64_t count) {
    std::vector<std::int64_t> values{count};
    std::vector<std::int64_t> present{count};
    if (schema.kind == TargetKind::labels) {
        values.push_back(static_cast<std::int64_t>(schema.classes.size()));
        present = values;
    } else if (schema.kind == TargetKind::points) {
        present.push_back(schema.point_count);
        values.insert(values.end(), {schema.point_count, 2});
    } else if (schema.kind == TargetKind::tensor) {
        values.insert(values.end(), schema.shape.begin(), schema.shape.end());
    }
    const auto type = schema.kind == TargetKind::category ? at::kLong : at::kFloat;
    return {at::zeros(values, type), at::zeros(present, at::kBool)};
}

}  // namespace

void check_targets(const std::vector<TargetSchema>& schemas, const std::vector<TargetValue>& values) {
    if (values.size() != schemas.size()) {
        throw Failure(
            Category::plugin,
            fmt::format("the data set returned {} target values for a sample, but it has {} targets",
                        values.size(), schemas.size()),
            "correct the data set plugin: targets() must return one value a target of its context");
    }
    for (std::size_t index = 0; index < schemas.size(); ++index) {
        check_value(schemas[index], values[index]);
    }
}

void move_points(const TargetSchema& schema, const Matrix& matrix, bool mirrored, TargetValue& value) {
    auto* points = std::get_if<Points>(&value);
    if (points == nullptr) {
        return;
    }
    for (auto& point : *points) {
        if (point) {
            point = apply(matrix, *point);
        }
    }
    if (mirrored) {
        for (const auto& [left, right] : schema.mirrored_points) {
            std::swap(points->at(static_cast<std::size_t>(left)),
                      points->at(static_cast<std::size_t>(right)));
        }
    }
}

Column make_column(const TargetSchema& schema, const std::vector<std::vector<TargetValue>>& samples,
                   std::size_t target) {
    Column column = zero_column(schema, static_cast<std::int64_t>(samples.size()));
    for (std::size_t index = 0; index < samples.size(); ++index) {
        const Row row(column, index);
        std::visit([&](const auto& value) { write(row, value); }, samples[index][target]);
    }
    return column;
}

}  // namespace graft::data
