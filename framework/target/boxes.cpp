// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/problem.hpp"
#include "lettering/lettering.hpp"
#include "target/kinds.hpp"
#include "target/places.hpp"

namespace graft::target {
namespace {

/// The upright rectangle around a box's moved corners, inside the given extent.
Box moved(const Box& box, const image::Matrix& matrix, image::Extent inside) {
    Box made = box;
    made.left = made.top = std::numeric_limits<double>::infinity();
    made.right = made.bottom = -made.left;
    for (const Point corner : {Point{box.left, box.top}, Point{box.right, box.top},
                               Point{box.left, box.bottom}, Point{box.right, box.bottom}}) {
        const Point there = image::apply(matrix, corner);
        made.left = std::min(made.left, there.x);
        made.right = std::max(made.right, there.x);
        made.top = std::min(made.top, there.y);
        made.bottom = std::max(made.bottom, there.y);
    }
    made.left = std::clamp(made.left, 0.0, static_cast<double>(inside.width));
    made.right = std::clamp(made.right, 0.0, static_cast<double>(inside.width));
    made.top = std::clamp(made.top, 0.0, static_cast<double>(inside.height));
    made.bottom = std::clamp(made.bottom, 0.0, static_cast<double>(inside.height));
    return made;
}

bool is_empty(const Box& box) {
    return !(box.right > box.left && box.bottom > box.top);  // NaN is empty, too
}

/// The predicted boxes in the original picture, the best first; those that lie beside it are left out.
std::vector<FoundBox> boxes_in_original(const Answer& answer) {
    const image::Matrix back = image::inverse(answer.matrix);
    const std::vector<double> numbers = numbers_of(answer.values);
    const auto classes = static_cast<double>(answer.schema.classes.size());
    std::vector<FoundBox> found;
    for (std::size_t row = 0; row + box::numbers <= numbers.size(); row += box::numbers) {
        const double score = numbers[row + box::score];
        const double index = std::round(numbers[row + box::class_index]);
        if (!(score >= 0) || !(index >= 0) || index >= classes) {
            continue;
        }
        Box made{numbers[row + box::left],   numbers[row + box::top],          numbers[row + box::right],
                 numbers[row + box::bottom], static_cast<std::int64_t>(index), false};
        made = moved(made, back, answer.original);
        if (!is_empty(made)) {
            found.push_back({made, score});
        }
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const FoundBox& left, const FoundBox& right) { return left.score > right.score; });
    return found;
}

constexpr double shown_from = 0.5;  ///< a score below is not drawn

class BoxesKind : public Kind {
public:
    BoxesKind() : Kind("boxes") {}

    std::string schema_problem(const TargetSchema& schema) const override {
        return schema.classes.empty() ? "has no classes; boxes have at least one" : "";
    }

    bool is_spatial() const override { return true; }

    void check(const TargetSchema& schema, const TargetValue& value) const override {
        for (const Box& box : typed<Boxes>(schema, value, "list of boxes")) {
            require_class(schema, box.class_index);
            for (const double number : {box.left, box.top, box.right, box.bottom}) {
                require_finite(schema, number);
            }
            if (is_empty(box)) {
                throw core::Failure(
                    core::Category::data,
                    fmt::format("target '{}' has the box [{}, {}, {}, {}], which is empty: left and "
                                "top come first, right and bottom after them",
                                schema.name, box.left, box.top, box.right, box.bottom));
            }
        }
    }

    /// A box that is moved out of the input is no more.
    void move(const TargetSchema& schema, const Motion& motion, TargetValue& value) const override {
        const image::Matrix matrix = matrix_of(schema, motion);
        Boxes inside;
        for (const Box& box : std::get<Boxes>(value)) {
            const Box made = moved(box, matrix, motion.input);
            if (!is_empty(made)) {
                inside.push_back(made);
            }
        }
        value = std::move(inside);
    }

    Column batch(const TargetSchema&, const std::vector<const TargetValue*>& values,
                 image::Extent) const override {
        const auto samples = static_cast<std::int64_t>(values.size());
        std::size_t most = 0;
        for (const TargetValue* value : values) {
            most = std::max(most, value != nullptr ? std::get<Boxes>(*value).size() : 0);
        }
        const auto rows = static_cast<std::int64_t>(most);
        Column column{at::zeros({samples, rows, box::numbers}, at::kFloat), at::zeros({samples}, at::kBool)};
        auto* numbers = column.values.data_ptr<float>();
        for (std::size_t index = 0; index < values.size(); ++index) {
            column.present.data_ptr<bool>()[index] = values[index] != nullptr;
            for (std::size_t row = 0; row < most; ++row, numbers += box::numbers) {
                const bool there = values[index] != nullptr && row < std::get<Boxes>(*values[index]).size();
                write(there ? &std::get<Boxes>(*values[index])[row] : nullptr, numbers);
            }
        }
        return column;
    }

    std::vector<std::int64_t> prediction_shape(const TargetSchema&, std::int64_t samples,
                                               image::Extent) const override {
        return {samples, -1, box::numbers};
    }

    std::string text(const TargetValue& value) const override {
        std::string text;
        for (const Box& box : std::get<Boxes>(value)) {
            text += fmt::format("{},{},{},{},{}{};", box.left, box.top, box.right, box.bottom,
                                box.class_index, box.ignored ? "!" : "");
        }
        return text;
    }

    PredictedValue value(const Answer& answer) const override { return boxes_in_original(answer); }

    core::Json to_json(const Answer& answer, const MaskWriter&) const override {
        core::Json boxes = core::Json::array();
        for (const FoundBox& found : boxes_in_original(answer)) {
            const Box& box = found.box;
            boxes.push_back({{"box", {box.left, box.top, box.right, box.bottom}},
                             {"class", answer.schema.classes[static_cast<std::size_t>(box.class_index)]},
                             {"score", found.score}});
        }
        return boxes;
    }

    void caption(const Answer& answer, const TargetValue* truth, std::size_t,
                 std::vector<Caption>& lines) const override {
        const auto found = boxes_in_original(answer);
        const auto sure = std::count_if(found.begin(), found.end(),
                                        [](const FoundBox& one) { return one.score >= shown_from; });
        Caption line{fmt::format("{}: {} found", answer.schema.name, sure), Mood::claim, -1};
        if (const auto* known = std::get_if<Boxes>(truth)) {
            line.text += fmt::format(", truth: {}", known->size());
        }
        lines.push_back(std::move(line));
    }

    void draw(const Answer& answer, const TargetValue* truth, const Canvas& canvas) const override {
        const auto* known = std::get_if<Boxes>(truth);
        const auto name_of = [&](const Box& box) {
            return lettering::isolated(answer.schema.classes.at(static_cast<std::size_t>(box.class_index)));
        };
        std::vector<LabelledBox> labelled;
        for (const FoundBox& found : boxes_in_original(answer)) {
            if (found.score >= shown_from) {
                labelled.push_back(
                    {found.box, fmt::format("{} {:.0f} %", name_of(found.box), 100 * found.score),
                     known != nullptr ? color_of(Mood::wrong)
                                      : color_of_class(static_cast<std::size_t>(found.box.class_index))});
            }
        }
        std::vector<LabelledBox> truths;
        for (std::size_t index = 0; known != nullptr && index < known->size(); ++index) {
            const Box& box = (*known)[index];
            truths.push_back({box, name_of(box) + (box.ignored ? " (ignored)" : ""), color_of(Mood::right),
                              /*below=*/true});
        }
        draw_boxes(canvas, truths);
        draw_boxes(canvas, labelled);
    }

    TargetSchema example_schema(std::size_t classes) const override {
        return boxes_target(name(), example_classes(classes));
    }

    TargetValue example_value(const TargetSchema& schema, image::Extent input,
                              std::uint64_t number) const override {
        Boxes boxes;
        for (std::uint64_t index = 0; index < number % 4; ++index) {
            const double left = 0.1 * static_cast<double>(index + 1) * static_cast<double>(input.width);
            const double top = 0.15 * static_cast<double>(index + 1) * static_cast<double>(input.height);
            boxes.push_back({left, top, left + 0.3 * static_cast<double>(input.width),
                             top + 0.25 * static_cast<double>(input.height),
                             static_cast<std::int64_t>((number + index) % schema.classes.size()),
                             index == 2});
        }
        return boxes;
    }

private:
    static void write(const Box* box, float* numbers) {
        numbers[box::state] = -1;
        if (box != nullptr) {
            numbers[box::left] = static_cast<float>(box->left);
            numbers[box::top] = static_cast<float>(box->top);
            numbers[box::right] = static_cast<float>(box->right);
            numbers[box::bottom] = static_cast<float>(box->bottom);
            numbers[box::class_index] = static_cast<float>(box->class_index);
            numbers[box::state] = box->ignored ? 0.0F : 1.0F;
        }
    }
};

}  // namespace

const Kind& boxes_kind() {
    static const BoxesKind kind;
    return kind;
}

}  // namespace graft::target
