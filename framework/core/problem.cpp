// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/problem.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace graft::core {

std::string render(const Problem& problem) {
    std::string text;
    const Place& place = problem.place;
    if (!place.file.empty()) {
        text += place.file + ":";
        if (place.line > 0) {
            text += fmt::format("{}:{}:", place.line, place.column);
        }
        text += " ";
    }
    text += problem.message;
    if (!place.source_line.empty()) {
        const auto before = static_cast<std::size_t>(std::max(place.column - 1, 0));
        std::string indent;
        for (std::size_t index = 0; index < before; ++index) {
            const bool tab = index < place.source_line.size() && place.source_line[index] == '\t';
            indent += tab ? '\t' : ' ';
        }
        text += "\n  " + place.source_line + "\n  " + indent + "^";
    }
    if (!problem.remedy.empty()) {
        text += "\n  " + problem.remedy;
    }
    return text;
}

std::string messages(const Problems& problems) {
    std::string text;
    for (const Problem& problem : problems) {
        text += (text.empty() ? "" : "; ") + problem.message;
    }
    return text;
}

std::string render(const Problems& problems) {
    Problems sorted = problems;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& left, const Problem& right) {
        return std::tie(left.place.file, left.place.line, left.place.column) <
               std::tie(right.place.file, right.place.line, right.place.column);
    });
    std::string text;
    for (const Problem& problem : sorted) {
        text += (text.empty() ? "" : "\n") + render(problem);
    }
    return text;
}

Failure::Failure(Category category, Problems problems)
    : category_(category), problems_(std::move(problems)), text_(render(problems_)) {}

Failure::Failure(Category category, std::string message, std::string remedy)
    : Failure(category, Problems{{{}, std::move(message), std::move(remedy)}}) {}

void throw_if_any(Category category, const Problems& problems) {
    if (!problems.empty()) {
        throw Failure(category, problems);
    }
}

}  // namespace graft::core
