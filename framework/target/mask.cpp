// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <sstream>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include "core/hash.hpp"
#include "core/number_text.hpp"
#include "core/problem.hpp"
#include "lettering/lettering.hpp"
#include "target/kinds.hpp"
#include "target/mask_colours.hpp"
#include "target/mask_file.hpp"
#include "target/places.hpp"

namespace graft::target {
namespace {

constexpr auto ignored = static_cast<std::uint8_t>(ignored_class);

/// The classes through a matrix, each target pixel that of the source pixel in which its centre lies, without
/// blending; pixels beside the source do not count.
cv::Mat moved(const cv::Mat& source, const image::Matrix& matrix, image::Extent input) {
    const image::Matrix back = image::inverse(matrix);
    cv::Mat target(static_cast<int>(input.height), static_cast<int>(input.width), CV_8UC1);
    for (int row = 0; row < target.rows; ++row) {
        auto* pixels = target.ptr(row);
        for (int column = 0; column < target.cols; ++column) {
            const Point from = image::apply(back, {column + 0.5, row + 0.5});
            const bool inside = from.x >= 0 && from.y >= 0 && from.x < source.cols && from.y < source.rows;
            pixels[column] = inside
                                 ? source.at<std::uint8_t>(static_cast<int>(from.y), static_cast<int>(from.x))
                                 : ignored;
        }
    }
    return target;
}

/// The likeliest class of each pixel of the original picture; an answer that is settled holds it.
cv::Mat mask_in_original(const Answer& answer) {
    const bool is_settled = answer.values.dim() == 2;
    const at::Tensor classes =
        (is_settled ? answer.values : answer.values.argmax(0).to(at::kByte)).contiguous();
    const cv::Mat view(static_cast<int>(classes.size(0)), static_cast<int>(classes.size(1)), CV_8UC1,
                       classes.data_ptr<std::uint8_t>());
    return is_settled ? view.clone() : moved(view, image::inverse(answer.matrix), answer.original);
}

std::array<std::int64_t, 256> count_classes(const cv::Mat& classes) {
    std::array<std::int64_t, 256> counts{};
    for (int row = 0; row < classes.rows; ++row) {
        const auto* pixels = classes.ptr(row);
        for (int column = 0; column < classes.cols; ++column) {
            ++counts[pixels[column]];
        }
    }
    return counts;
}

/// The number that each class has in the files of masks, by the schema's property `values` ("0 255"); empty:
/// the classes are the numbers.
std::vector<std::uint8_t> stored_values(const TargetSchema& schema, std::string& problem) {
    const auto property = schema.properties.find(mask_values);
    std::vector<std::uint8_t> values;
    std::istringstream words(property == schema.properties.end() ? "" : property->second);
    for (std::string word; words >> word;) {
        const auto value = core::number_of_text<std::uint8_t>(word);
        if (!value || std::find(values.begin(), values.end(), *value) != values.end()) {
            problem = fmt::format(
                "has '{}' among the values of its classes; each is another number of 0 to 255", word);
            return {};
        }
        values.push_back(*value);
    }
    if (property != schema.properties.end() && values.size() != schema.classes.size()) {
        problem =
            fmt::format("has values for {} classes, but {} classes", values.size(), schema.classes.size());
    }
    return values;
}

/// Stored numbers to classes; what is no class's value and not 255 stays out of their range.
void to_classes(const TargetSchema& schema, const std::vector<std::uint8_t>& values, cv::Mat& mask) {
    const auto counts = count_classes(mask);
    std::array<std::uint8_t, 256> classes{};
    classes.fill(ignored);
    for (std::size_t index = 0; index < values.size(); ++index) {
        classes[values[index]] = static_cast<std::uint8_t>(index);
    }
    for (std::size_t number = 0; number < ignored; ++number) {
        if (counts[number] > 0 && classes[number] == ignored) {
            throw core::Failure(
                core::Category::data,
                fmt::format("has the number {} at {} pixels of its mask, which no class has: {}", number,
                            counts[number], schema.properties.at(mask_values)),
                "add it to `values` and `classes`");
        }
    }
    cv::Mat table(1, 256, CV_8UC1, classes.data());
    cv::LUT(mask, table, mask);
}

void blend(cv::Mat& picture, const cv::Mat& classes) {
    cv::Mat fitted;
    cv::resize(classes, fitted, picture.size(), 0, 0, cv::INTER_NEAREST);
    for (int row = 0; row < picture.rows; ++row) {
        for (int column = 0; column < picture.cols; ++column) {
            const std::uint8_t index = fitted.at<std::uint8_t>(row, column);
            if (index != ignored && index != 0) {  // the first class is the background everywhere
                auto& pixel = picture.at<cv::Vec3b>(row, column);
                const cv::Scalar color = color_of_class(index);
                for (int channel = 0; channel < 3; ++channel) {
                    pixel[channel] =
                        cv::saturate_cast<std::uint8_t>(0.5 * pixel[channel] + 0.5 * color[channel]);
                }
            }
        }
    }
}

class MaskKind : public Kind {
public:
    MaskKind() : Kind("mask") {}

    std::string schema_problem(const TargetSchema& schema) const override {
        std::string problem = schema.classes.empty() || schema.classes.size() > 255
                                  ? fmt::format("has {} classes; a mask has 1 to 255", schema.classes.size())
                                  : "";
        if (!stored_values(schema, problem).empty() && schema.properties.contains(mask_colours)) {
            problem = "has both values and colours of its classes; its files have one of them";
        }
        stored_colours(schema, problem);
        return problem;
    }

    bool is_spatial() const override { return true; }

    void check(const TargetSchema& schema, const TargetValue& value) const override {
        typed<MaskSource>(schema, value, "mask");
    }

    /// `move` looks at the numbers.
    std::uint64_t load(const TargetSchema& schema, TargetValue& value) const override {
        const cv::Mat mask = decoded(schema, std::get<MaskSource>(value));
        ClassMap map{mask.cols, mask.rows, {mask.data, mask.data + mask.total()}};
        const std::uint64_t content =
            core::hash64({reinterpret_cast<const char*>(map.classes.data()), map.classes.size()},
                         static_cast<std::uint64_t>(map.width));
        value = MaskSource(std::move(map));
        return content;
    }

    void move(const TargetSchema& schema, const Motion& motion, TargetValue& value) const override {
        const cv::Mat mask = read(schema, std::get<MaskSource>(value));
        const bool turned = schema.frame == Frame::stored && motion.orientation >= 5;
        const image::Extent wanted =
            turned ? image::Extent{motion.original.width, motion.original.height} : motion.original;
        if (mask.rows != wanted.height || mask.cols != wanted.width) {
            throw core::Failure(
                core::Category::data,
                fmt::format("target '{}' has a mask of {} x {} pixels, its picture has {} x {}", schema.name,
                            mask.cols, mask.rows, wanted.width, wanted.height),
                schema.frame == Frame::seen && motion.orientation != 1
                    ? "the picture is turned by its EXIF orientation; where masks belong to the pixels as "
                      "they are stored, write data.orientation: stored"
                    : "");
        }
        const cv::Mat target = moved(mask, matrix_of(schema, motion), motion.input);
        value = MaskSource(
            ClassMap{motion.input.width, motion.input.height, {target.data, target.data + target.total()}});
    }

    Column batch(const TargetSchema&, const std::vector<const TargetValue*>& values,
                 image::Extent input) const override {
        const auto samples = static_cast<std::int64_t>(values.size());
        Column column{at::zeros({samples, input.height, input.width}, at::kByte),
                      at::zeros({samples}, at::kBool)};
        for (std::size_t index = 0; index < values.size(); ++index) {
            if (values[index] != nullptr) {
                const auto& map = std::get<ClassMap>(std::get<MaskSource>(*values[index]));
                std::copy(map.classes.begin(), map.classes.end(),
                          column.values.data_ptr<std::uint8_t>() + index * map.classes.size());
                column.present.data_ptr<bool>()[index] = true;
            }
        }
        return column;
    }

    std::vector<std::int64_t> prediction_shape(const TargetSchema& schema, std::int64_t samples,
                                               image::Extent input) const override {
        return {samples, static_cast<std::int64_t>(schema.classes.size()), input.height, input.width};
    }

    std::string wrong_numbers(const TargetSchema&, const at::Tensor& prediction) const override {
        return probability_problem(prediction, /*sums_to_one=*/true);
    }

    /// Files by name and size: no file is read for it.
    std::string text(const TargetValue& value) const override {
        const auto& source = std::get<MaskSource>(value);
        if (const auto* path = std::get_if<std::filesystem::path>(&source)) {
            std::error_code error;
            const auto bytes = std::filesystem::file_size(*path, error);
            return fmt::format("{} {}", path->filename().string(), error ? "gone" : fmt::format("{}", bytes));
        }
        const auto* encoded = std::get_if<EncodedImage>(&source);
        const auto& bytes = encoded != nullptr ? encoded->bytes : std::get<ClassMap>(source).classes;
        core::Hasher hasher;
        hasher.add(bytes.data(), bytes.size());
        return hasher.hex();
    }

    void settle(Answer& answer) const override {
        const cv::Mat classes = mask_in_original(answer);
        answer.values = at::from_blob(classes.data, {classes.rows, classes.cols}, at::kByte).clone();
    }

    PredictedValue value(const Answer& answer) const override {
        const cv::Mat classes = mask_in_original(answer);
        return ClassMap{classes.cols, classes.rows, {classes.datastart, classes.dataend}};
    }

    core::Json to_json(const Answer& answer, const MaskWriter& write_mask) const override {
        const cv::Mat classes = mask_in_original(answer);
        const auto counts = count_classes(classes);
        const auto pixels = static_cast<double>(std::max<std::int64_t>(1, classes.total() - counts[ignored]));
        core::Json shares = core::Json::object();
        for (std::size_t index = 0; index < answer.schema.classes.size(); ++index) {
            shares[answer.schema.classes[index]] = static_cast<double>(counts.at(index)) / pixels;
        }
        return {{"file", write_mask ? write_mask(classes) : ""}, {"classes", shares}};
    }

    void caption(const Answer& answer, const TargetValue* truth, std::size_t classes,
                 std::vector<Caption>& lines) const override {
        const cv::Mat predicted = mask_in_original(answer);
        const auto counts = count_classes(predicted);
        std::vector<std::pair<std::int64_t, std::size_t>> order;
        for (std::size_t index = 0; index < answer.schema.classes.size(); ++index) {
            order.emplace_back(-counts.at(index), index);
        }
        std::sort(order.begin(), order.end());
        const auto total = static_cast<double>(std::max<std::size_t>(1, predicted.total()));
        for (std::size_t rank = 0; rank < std::min(classes, order.size()); ++rank) {
            const double share = static_cast<double>(-order[rank].first) / total;
            lines.push_back(
                {fmt::format("{} {:.0f} %", lettering::isolated(answer.schema.classes[order[rank].second]),
                             100 * share),
                 rank == 0 ? Mood::claim : Mood::faint, share});
        }
        const auto* source = std::get_if<MaskSource>(truth);
        const auto* known = source != nullptr ? std::get_if<ClassMap>(source) : nullptr;
        if (known != nullptr && known->classes.size() == predicted.total()) {
            lines.push_back({right_text(predicted, *known), Mood::plain, -1});
        }
    }

    void draw(const Answer& answer, const TargetValue*, const Canvas& canvas) const override {
        blend(canvas.picture, mask_in_original(answer));
    }

    std::vector<Key> keys(const Answer& answer) const override {
        return keys_of_classes(answer.schema, count_classes(mask_in_original(answer)));
    }

    TargetSchema example_schema(std::size_t classes) const override {
        return mask_target(name(), example_classes(classes));
    }

    TargetValue example_value(const TargetSchema& schema, image::Extent input,
                              std::uint64_t number) const override {
        ClassMap map{input.width, input.height, {}};
        map.classes.resize(static_cast<std::size_t>(input.width * input.height));
        for (std::size_t index = 0; index < map.classes.size(); ++index) {
            map.classes[index] = static_cast<std::uint8_t>((index / 7 + number) % schema.classes.size());
        }
        map.classes.front() = ignored;
        return MaskSource(std::move(map));
    }

private:
    /// The numbers of a map in memory, or those of a file as classes; what cannot be read is said of the
    /// target.
    static cv::Mat decoded(const TargetSchema& schema, const MaskSource& source) {
        try {
            std::string problem;
            const std::vector<std::uint32_t> colours = stored_colours(schema, problem);
            if (!colours.empty() && !std::holds_alternative<ClassMap>(source)) {
                return classes_of_colours(schema, colours, read_mask_colours(source));
            }
            cv::Mat mask = read_mask(source);
            const std::vector<std::uint8_t> values = stored_values(schema, problem);
            if (!values.empty() && !std::holds_alternative<ClassMap>(source)) {
                to_classes(schema, values, mask);
            }
            return mask;
        } catch (const core::Failure& failure) {
            core::Problems problems = failure.problems();
            for (core::Problem& problem : problems) {
                problem.message = fmt::format("target '{}' {}", schema.name, problem.message);
            }
            throw core::Failure(failure.category(), std::move(problems));
        }
    }

    /// The same, every number a class or ignored.
    static cv::Mat read(const TargetSchema& schema, const MaskSource& source) {
        cv::Mat mask = decoded(schema, source);
        const auto counts = count_classes(mask);
        for (std::size_t index = schema.classes.size(); index < ignored; ++index) {
            if (counts[index] > 0) {
                throw core::Failure(
                    core::Category::data,
                    fmt::format("target '{}' has class {} at {} pixels of its mask, but there are {} classes "
                                "(255: does not count)",
                                schema.name, index, counts[index], schema.classes.size()));
            }
        }
        return mask;
    }

    static std::string right_text(const cv::Mat& predicted, const ClassMap& known) {
        std::int64_t right = 0;
        std::int64_t counted = 0;
        for (std::size_t index = 0; index < known.classes.size(); ++index) {
            counted += known.classes[index] != ignored ? 1 : 0;
            right += known.classes[index] != ignored && known.classes[index] == predicted.data[index] ? 1 : 0;
        }
        return fmt::format(
            "{:.0f} % of the pixels are right",
            100.0 * static_cast<double>(right) / static_cast<double>(std::max<std::int64_t>(1, counted)));
    }
};

}  // namespace

const Kind& mask_kind() {
    static const MaskKind kind;
    return kind;
}

}  // namespace graft::target
