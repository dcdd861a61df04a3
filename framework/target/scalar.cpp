// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/ATen.h>
#include <fmt/format.h>

#include "target/kinds.hpp"
#include "target/places.hpp"

namespace graft::target {
namespace {

class ScalarKind : public Kind {
public:
    ScalarKind() : Kind("scalar") {}

    void check(const TargetSchema& schema, const TargetValue& value) const override {
        require_finite(schema, typed<double>(schema, value, "number"));
    }

    Column batch(const TargetSchema&, const std::vector<const TargetValue*>& values,
                 image::Extent) const override {
        const auto samples = static_cast<std::int64_t>(values.size());
        Column column{at::zeros({samples}, at::kFloat), at::zeros({samples}, at::kBool)};
        for (std::size_t index = 0; index < values.size(); ++index) {
            if (values[index] != nullptr) {
                column.values.data_ptr<float>()[index] = static_cast<float>(std::get<double>(*values[index]));
                column.present.data_ptr<bool>()[index] = true;
            }
        }
        return column;
    }

    std::vector<std::int64_t> prediction_shape(const TargetSchema&, std::int64_t samples,
                                               image::Extent) const override {
        return {samples};
    }

    std::string text(const TargetValue& value) const override {
        return fmt::format("{}", std::get<double>(value));
    }

    PredictedValue value(const Answer& answer) const override { return answer.values.item<double>(); }

    core::Json to_json(const Answer& answer, const MaskWriter&) const override {
        return {{"value", answer.values.item<double>()}, {"unit", answer.schema.unit}};
    }

    void caption(const Answer& answer, const TargetValue* truth, std::size_t,
                 std::vector<Caption>& lines) const override {
        Caption line{
            fmt::format("{} {:.1f} {}", answer.schema.name, answer.values.item<double>(), answer.schema.unit),
            Mood::plain, -1};
        if (const auto* value = std::get_if<double>(truth)) {
            line.text += fmt::format(", truth: {:.1f}", *value);
        }
        lines.push_back(std::move(line));
    }

    TargetSchema example_schema(std::size_t) const override { return scalar_target(name(), "years"); }

    TargetValue example_value(const TargetSchema&, image::Extent, std::uint64_t number) const override {
        return 1.0 + static_cast<double>(number * 7 % 60);
    }
};

}  // namespace

const Kind& scalar_kind() {
    static const ScalarKind kind;
    return kind;
}

}  // namespace graft::target
