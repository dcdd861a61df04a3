// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/source.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "pipeline/node.hpp"

namespace graft::pipeline {
namespace {

/// Longer lines are cut in messages: every node holds its line, and a hostile file has one long one.
constexpr std::size_t longest_shown = 200;

/// Beyond, columns count bytes: counting characters again for every value would be quadratic.
constexpr std::size_t longest_counted = 4000;

constexpr std::size_t most_problems = 100;

bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

bool is_control(char byte) {
    const auto code = static_cast<unsigned char>(byte);
    return code == 0x7F || (code < 0x20 && byte != '\n' && byte != '\t');
}

[[noreturn]] void refuse(core::Place place, std::string message, std::string remedy) {
    place.source_line.clear();  // it cannot be shown
    throw core::Failure(core::Category::pipeline,
                        core::Problems{{std::move(place), std::move(message), std::move(remedy)}});
}

}  // namespace

SourceText::SourceText(std::string_view text, std::string file_name)
    : text_(text), file_name_(std::move(file_name)) {
    starts_.push_back(0);
    for (std::size_t position = 0; position < text_.size(); ++position) {
        if (text_[position] == '\n') {
            starts_.push_back(position + 1);
        }
    }
}

std::size_t SourceText::offset(int line, int byte) const {
    const auto index = static_cast<std::size_t>(std::max(line, 0));
    if (index >= starts_.size()) {
        return text_.size();
    }
    return std::min(starts_[index] + static_cast<std::size_t>(std::max(byte, 0)), text_.size());
}

core::Place SourceText::place(int line, int byte) const {
    core::Place place{file_name_, line + 1, 1, ""};
    const auto index = static_cast<std::size_t>(std::max(line, 0));
    if (index >= starts_.size()) {
        place.column = byte + 1;
        return place;
    }
    const std::size_t end = index + 1 < starts_.size() ? starts_[index + 1] - 1 : text_.size();
    std::string_view whole = text_.substr(starts_[index], end - starts_[index]);
    if (!whole.empty() && whole.back() == '\r') {
        whole.remove_suffix(1);
    }
    const auto before = std::min(static_cast<std::size_t>(std::max(byte, 0)), whole.size());
    const std::size_t counted = std::min(before, longest_counted);
    place.column = static_cast<int>(character_count(whole.substr(0, counted)) + before - counted) + 1;
    std::size_t shown = std::min(whole.size(), longest_shown);
    while (shown < whole.size() && shown > 0 && is_continuation(whole[shown])) {
        --shown;
    }
    if (before <= shown) {
        place.source_line = whole.substr(0, shown);
    }
    return place;
}

core::Place SourceText::place_at(std::size_t offset) const {
    const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
    const auto line = static_cast<std::size_t>(next - starts_.begin()) - 1;
    return place(static_cast<int>(line), static_cast<int>(offset - starts_[line]));
}

void limit(core::Problems& problems) {
    if (problems.size() <= most_problems) {
        return;
    }
    std::stable_sort(problems.begin(), problems.end(),
                     [](const core::Problem& left, const core::Problem& right) {
                         return std::tie(left.place.file, left.place.line, left.place.column) <
                                std::tie(right.place.file, right.place.line, right.place.column);
                     });
    const std::size_t more = problems.size() - most_problems;
    problems.resize(most_problems);
    core::Place last = problems.back().place;
    last.source_line.clear();
    problems.push_back({std::move(last), fmt::format("and {} more problems below", more), ""});
}

std::size_t character_length(std::string_view text) {
    if (text.empty()) {
        return 0;
    }
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x80) {
        return 1;
    }
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) {
        return 0;
    }
    for (std::size_t position = 1; position < length; ++position) {
        if (!is_continuation(text[position])) {
            return 0;
        }
    }
    // Longer than needed, half of a surrogate pair, or beyond Unicode.
    const auto second = static_cast<unsigned char>(text[1]);
    const bool wrong = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                       (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
    return wrong ? 0 : length;
}

std::size_t character_count(std::string_view text) {
    return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_continuation));
}

void check_text(const std::string& text, const std::string& file_name, const DocumentLimits& limits) {
    if (text.size() > limits.bytes) {
        refuse({file_name, 0, 0, ""},
               fmt::format("has {} bytes; a pipeline has at most {}", text.size(), limits.bytes),
               "is this the right file?");
    }
    const SourceText source(text, file_name);
    for (std::size_t position = 0; position < text.size();) {
        const std::size_t length = character_length(std::string_view(text).substr(position));
        if (length == 0) {
            refuse(
                source.place_at(position),
                fmt::format("byte 0x{:02X} is not valid UTF-8", static_cast<unsigned char>(text[position])),
                "save the file as UTF-8");
        }
        const bool line_end =
            text[position] == '\r' && position + 1 < text.size() && text[position + 1] == '\n';
        if (is_control(text[position]) && !line_end) {
            refuse(source.place_at(position),
                   fmt::format("a control character, 0x{:02X}, stands here",
                               static_cast<unsigned char>(text[position])),
                   "remove it; inside double quotes it can be written as an escape, like \"\\t\"");
        }
        position += length;
    }
}

}  // namespace graft::pipeline
