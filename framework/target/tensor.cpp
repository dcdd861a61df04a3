// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <functional>
#include <numeric>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "target/kinds.hpp"
#include "target/places.hpp"

namespace graft::target {
namespace {

std::size_t element_count(const TargetSchema& schema) {
    return static_cast<std::size_t>(
        std::accumulate(schema.shape.begin(), schema.shape.end(), std::int64_t{1}, std::multiplies<>()));
}

std::vector<std::int64_t> batch_shape(const TargetSchema& schema, std::int64_t samples) {
    std::vector<std::int64_t> sides{samples};
    sides.insert(sides.end(), schema.shape.begin(), schema.shape.end());
    return sides;
}

class TensorKind : public Kind {
public:
    TensorKind() : Kind("tensor") {}

    std::string schema_problem(const TargetSchema& schema) const override {
        if (std::any_of(schema.shape.begin(), schema.shape.end(),
                        [](std::int64_t side) { return side < 1; })) {
            return fmt::format("has the shape [{}]; every side must be at least 1",
                               fmt::join(schema.shape, ", "));
        }
        constexpr std::int64_t most_numbers = std::int64_t(1) << 32;
        std::int64_t numbers = 1;
        for (const std::int64_t side : schema.shape) {
            if (side > most_numbers / numbers) {
                return fmt::format("has the shape [{}]; at most {} numbers a sample are read",
                                   fmt::join(schema.shape, ", "), most_numbers);
            }
            numbers *= side;
        }
        if (!schema.classes.empty() &&
            (schema.shape.empty() ||
             schema.shape.front() != static_cast<std::int64_t>(schema.classes.size()))) {
            return fmt::format(
                "names {} classes for the shape [{}]; its first side must have as many entries",
                schema.classes.size(), fmt::join(schema.shape, ", "));
        }
        return "";
    }

    std::string note_when_moved(const TargetSchema& schema) const override {
        return fmt::format(
            "target '{}' is a tensor, which does not move with its pictures: if its numbers are "
            "places or maps, they no longer fit; points, mask and boxes move",
            schema.name);
    }

    void check(const TargetSchema& schema, const TargetValue& value) const override {
        const auto& numbers = typed<std::vector<float>>(schema, value, "list of numbers");
        require_length(schema, numbers.size(), element_count(schema));
        for (const float number : numbers) {
            require_finite(schema, number);
        }
    }

    Column batch(const TargetSchema& schema, const std::vector<const TargetValue*>& values,
                 image::Extent) const override {
        const auto samples = static_cast<std::int64_t>(values.size());
        Column column{at::zeros(batch_shape(schema, samples), at::kFloat), at::zeros({samples}, at::kBool)};
        for (std::size_t index = 0; index < values.size(); ++index) {
            if (values[index] != nullptr) {
                const auto& numbers = std::get<std::vector<float>>(*values[index]);
                std::copy(numbers.begin(), numbers.end(),
                          column.values.data_ptr<float>() + index * numbers.size());
                column.present.data_ptr<bool>()[index] = true;
            }
        }
        return column;
    }

    std::vector<std::int64_t> prediction_shape(const TargetSchema& schema, std::int64_t samples,
                                               image::Extent) const override {
        return batch_shape(schema, samples);
    }

    std::string text(const TargetValue& value) const override {
        return fmt::format("{}", fmt::join(std::get<std::vector<float>>(value), ";"));
    }

    PredictedValue value(const Answer& answer) const override { return numbers_of(answer.values); }

    core::Json to_json(const Answer& answer, const MaskWriter&) const override {
        return numbers_of(answer.values);
    }

    void caption(const Answer& answer, const TargetValue*, std::size_t,
                 std::vector<Caption>& lines) const override {
        lines.push_back(
            {fmt::format("{}: {} numbers", answer.schema.name, answer.values.numel()), Mood::faint, -1});
    }

    TargetSchema example_schema(std::size_t) const override { return tensor_target(name(), {2, 3}); }

    TargetValue example_value(const TargetSchema& schema, image::Extent,
                              std::uint64_t number) const override {
        std::vector<float> numbers(element_count(schema));
        for (std::size_t index = 0; index < numbers.size(); ++index) {
            numbers[index] = static_cast<float>((number * 13 + index * 5) % 17) / 17.0F;
        }
        return numbers;
    }
};

}  // namespace

const Kind& tensor_kind() {
    static const TensorKind kind;
    return kind;
}

}  // namespace graft::target
