// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <ATen/ATen.h>
#include <fmt/format.h>

#include "lettering/lettering.hpp"
#include "target/kinds.hpp"
#include "target/places.hpp"

namespace graft::target {
namespace {

class LabelsKind : public Kind {
public:
    LabelsKind() : Kind("labels") {}

    void check(const TargetSchema& schema, const TargetValue& value) const override {
        require_length(schema, typed<Labels>(schema, value, "list of labels").size(), schema.classes.size());
    }

    Column batch(const TargetSchema& schema, const std::vector<const TargetValue*>& values,
                 image::Extent) const override {
        const auto samples = static_cast<std::int64_t>(values.size());
        const auto classes = static_cast<std::int64_t>(schema.classes.size());
        Column column{at::zeros({samples, classes}, at::kFloat), at::zeros({samples, classes}, at::kBool)};
        auto* numbers = column.values.data_ptr<float>();
        auto* present = column.present.data_ptr<bool>();
        for (const TargetValue* value : values) {
            for (std::size_t index = 0; value != nullptr && index < schema.classes.size(); ++index) {
                const std::optional<bool>& label = std::get<Labels>(*value)[index];
                present[index] = label.has_value();
                numbers[index] = label.value_or(false) ? 1.0F : 0.0F;
            }
            numbers += classes;
            present += classes;
        }
        return column;
    }

    std::vector<std::int64_t> prediction_shape(const TargetSchema& schema, std::int64_t samples,
                                               image::Extent) const override {
        return {samples, static_cast<std::int64_t>(schema.classes.size())};
    }

    std::string wrong_numbers(const TargetSchema&, const at::Tensor& prediction) const override {
        return probability_problem(prediction, /*sums_to_one=*/false);
    }

    std::string text(const TargetValue& value) const override {
        std::string text;
        for (const auto& label : std::get<Labels>(value)) {
            text += label ? (*label ? '1' : '0') : '-';
        }
        return text;
    }

    PredictedValue value(const Answer& answer) const override {
        return Probabilities{numbers_of(answer.values)};
    }

    core::Json to_json(const Answer& answer, const MaskWriter&) const override {
        return {{"probabilities", probabilities_to_json(answer)}};
    }

    void caption(const Answer& answer, const TargetValue* truth, std::size_t,
                 std::vector<Caption>& lines) const override {
        std::string claimed;
        std::string known;
        const auto add = [&](std::string& list, std::size_t index) {
            list += (list.empty() ? "" : ", ") + lettering::isolated(answer.schema.classes[index]);
        };
        const std::vector<double> numbers = numbers_of(answer.values);
        const auto* labels = std::get_if<Labels>(truth);
        bool right = true;
        for (std::size_t index = 0; index < numbers.size(); ++index) {
            const bool claims = numbers[index] >= 0.5;
            if (claims) {
                add(claimed, index);
            }
            const std::optional<bool> value = labels == nullptr ? std::nullopt : labels->at(index);
            if (value.value_or(false)) {
                add(known, index);
            }
            right = right && value.value_or(claims) == claims;
        }
        Caption line{claimed.empty() ? "no " + answer.schema.name : claimed, Mood::claim, -1};
        if (labels != nullptr) {
            line.mood = right ? Mood::right : Mood::wrong;
            line.text += right ? "" : ", truth: " + (known.empty() ? "none" : known);
        }
        lines.push_back(std::move(line));
    }

    TargetSchema example_schema(std::size_t classes) const override {
        return labels_target(name(), example_classes(classes));
    }

    TargetValue example_value(const TargetSchema& schema, image::Extent,
                              std::uint64_t number) const override {
        Labels labels;
        for (std::size_t index = 0; index < schema.classes.size(); ++index) {
            labels.emplace_back((number + index) % 2 == 0);
        }
        return labels;
    }
};

}  // namespace

const Kind& labels_kind() {
    static const LabelsKind kind;
    return kind;
}

}  // namespace graft::target
