// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <numeric>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "lettering/lettering.hpp"
#include "target/kinds.hpp"
#include "target/places.hpp"

namespace graft::target {
namespace {

class CategoryKind : public Kind {
public:
    CategoryKind() : Kind("category") {}

    void check(const TargetSchema& schema, const TargetValue& value) const override {
        require_class(schema, typed<std::int64_t>(schema, value, "class index"));
    }

    Column batch(const TargetSchema&, const std::vector<const TargetValue*>& values,
                 image::Extent) const override {
        const auto samples = static_cast<std::int64_t>(values.size());
        Column column{at::zeros({samples}, at::kLong), at::zeros({samples}, at::kBool)};
        for (std::size_t index = 0; index < values.size(); ++index) {
            if (values[index] != nullptr) {
                column.values.data_ptr<std::int64_t>()[index] = std::get<std::int64_t>(*values[index]);
                column.present.data_ptr<bool>()[index] = true;
            }
        }
        return column;
    }

    std::vector<std::int64_t> prediction_shape(const TargetSchema& schema, std::int64_t samples,
                                               image::Extent) const override {
        return {samples, static_cast<std::int64_t>(schema.classes.size())};
    }

    std::string wrong_numbers(const TargetSchema&, const at::Tensor& prediction) const override {
        return probability_problem(prediction, /*sums_to_one=*/true);
    }

    std::string text(const TargetValue& value) const override {
        return fmt::format("{}", std::get<std::int64_t>(value));
    }

    PredictedValue value(const Answer& answer) const override {
        return Probabilities{numbers_of(answer.values)};
    }

    core::Json to_json(const Answer& answer, const MaskWriter&) const override {
        const std::vector<double> numbers = numbers_of(answer.values);
        const auto best =
            static_cast<std::size_t>(std::max_element(numbers.begin(), numbers.end()) - numbers.begin());
        return {{"class", answer.schema.classes[best]},
                {"probability", numbers[best]},
                {"probabilities", probabilities_to_json(answer)}};
    }

    void caption(const Answer& answer, const TargetValue* truth, std::size_t classes,
                 std::vector<Caption>& lines) const override {
        const std::vector<double> numbers = numbers_of(answer.values);
        std::vector<std::size_t> order(numbers.size());
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t left, std::size_t right) { return numbers[left] > numbers[right]; });
        const auto* index = std::get_if<std::int64_t>(truth);
        for (std::size_t rank = 0; rank < std::min(classes, order.size()); ++rank) {
            const double probability = numbers[order[rank]];
            Caption line{fmt::format("{} {:.0f} %", lettering::isolated(answer.schema.classes[order[rank]]),
                                     100 * probability),
                         rank == 0 ? Mood::claim : Mood::faint, probability};
            if (rank == 0 && index != nullptr) {
                const auto known = static_cast<std::size_t>(*index);
                line.mood = known == order[rank] ? Mood::right : Mood::wrong;
                line.text += known == order[rank]
                                 ? ""
                                 : ", truth: " + lettering::isolated(answer.schema.classes.at(known));
            }
            lines.push_back(std::move(line));
        }
    }

    std::optional<std::int64_t> class_of(const TargetValue& value) const override {
        const auto* index = std::get_if<std::int64_t>(&value);
        return index != nullptr ? std::optional(*index) : std::nullopt;
    }

    TargetSchema example_schema(std::size_t classes) const override {
        return category_target(name(), example_classes(classes));
    }

    TargetValue example_value(const TargetSchema& schema, image::Extent,
                              std::uint64_t number) const override {
        return static_cast<std::int64_t>(number % schema.classes.size());
    }
};

}  // namespace

const Kind& category_kind() {
    static const CategoryKind kind;
    return kind;
}

}  // namespace graft::target
