// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "target/mask_colours.hpp"

#include <algorithm>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "core/number_text.hpp"
#include "core/problem.hpp"

namespace graft::target {
namespace {

constexpr auto no_class = static_cast<std::uint8_t>(ignored_class);
constexpr std::size_t named_at_most = 3;  ///< of the colours that no class has

/// "#800000" as 0x800000.
std::optional<std::uint32_t> colour_of_text(const std::string& word) {
    constexpr int hexadecimal = 16;
    const bool is_colour = word.size() == 7 && word.front() == '#';
    return is_colour ? core::number_of_text<std::uint32_t>(word.substr(1), hexadecimal) : std::nullopt;
}

[[noreturn]] void refuse_strangers(const std::map<std::uint32_t, std::int64_t>& strangers) {
    std::vector<std::pair<std::int64_t, std::uint32_t>> order;
    order.reserve(strangers.size());
    for (const auto& [colour, count] : strangers) {
        order.emplace_back(-count, colour);
    }
    std::sort(order.begin(), order.end());
    std::string text;
    for (std::size_t index = 0; index < std::min(order.size(), named_at_most); ++index) {
        text +=
            fmt::format("{}#{:06x} at {}", index == 0 ? "" : ", ", order[index].second, -order[index].first);
    }
    if (order.size() > named_at_most) {
        text += fmt::format(" and {} more", order.size() - named_at_most);
    }
    throw core::Failure(
        core::Category::data, fmt::format("has pixels of colours in its mask that no class has: {}", text),
        order.size() > named_at_most
            ? "its edges are blended, or it was a JPEG once: save it without either"
            : "add it to `classes` and `colours`, or as the last of `colours` where it does not count");
}

}  // namespace

std::vector<std::uint32_t> stored_colours(const TargetSchema& schema, std::string& problem) {
    const auto property = schema.properties.find(mask_colours);
    if (property == schema.properties.end()) {
        return {};
    }
    std::vector<std::uint32_t> colours;
    std::istringstream words(property->second);
    for (std::string word; words >> word;) {
        const auto colour = colour_of_text(word);
        if (!colour || std::find(colours.begin(), colours.end(), *colour) != colours.end()) {
            problem = fmt::format(
                "has '{}' among the colours of its classes; each is another colour such as #800000", word);
            return {};
        }
        colours.push_back(*colour);
    }
    if (colours.size() != schema.classes.size() && colours.size() != schema.classes.size() + 1) {
        problem = fmt::format("has {} colours for {} classes; one more stands for what does not count",
                              colours.size(), schema.classes.size());
    }
    return colours;
}

cv::Mat classes_of_colours(const TargetSchema& schema, const std::vector<std::uint32_t>& colours,
                           const cv::Mat& pixels) {
    std::map<std::uint32_t, std::uint8_t> classes;
    for (std::size_t index = 0; index < colours.size(); ++index) {
        classes[colours[index]] = index < schema.classes.size() ? static_cast<std::uint8_t>(index) : no_class;
    }
    std::map<std::uint32_t, std::int64_t> strangers;
    cv::Mat made(pixels.rows, pixels.cols, CV_8UC1);
    auto last = classes.begin();
    for (int row = 0; row < pixels.rows; ++row) {
        for (int column = 0; column < pixels.cols; ++column) {
            const auto& pixel = pixels.at<cv::Vec3b>(row, column);
            const std::uint32_t colour = static_cast<std::uint32_t>(pixel[0]) << 16 |
                                         static_cast<std::uint32_t>(pixel[1]) << 8 | pixel[2];
            if (last->first != colour) {
                const auto found = classes.find(colour);
                if (found == classes.end()) {
                    ++strangers[colour];
                    continue;
                }
                last = found;
            }
            made.at<std::uint8_t>(row, column) = last->second;
        }
    }
    if (!strangers.empty()) {
        refuse_strangers(strangers);
    }
    return made;
}

}  // namespace graft::target
