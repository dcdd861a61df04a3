// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "cells.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>

namespace graft::tables {
namespace {

std::optional<std::int64_t> to_whole(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool all = error == std::errc() && end == text.data() + text.size();
    return all ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string trimmed(std::string_view text) {
    constexpr const char* spaces = " \t";
    const std::size_t begin = text.find_first_not_of(spaces);
    if (begin == std::string_view::npos) {
        return "";
    }
    return std::string(text.substr(begin, text.find_last_not_of(spaces) - begin + 1));
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return text;
}

std::string joined(const std::vector<std::string>& names) {
    constexpr std::size_t most = 20;
    std::string text;
    for (std::size_t index = 0; index < std::min(names.size(), most); ++index) {
        text += (index == 0 ? "" : ", ") + names[index];
    }
    if (names.size() > most) {
        text += " and " + std::to_string(names.size() - most) + " more";
    }
    return text.empty() ? "(none)" : text;
}

std::optional<double> to_number(const std::string& cell) {
    double number = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
    if (error != std::errc() || end != cell.data() + cell.size() || !std::isfinite(number)) {
        return std::nullopt;
    }
    return number;
}

bool is_missing(const std::string& cell) {
    return cell.empty() || lower(cell) == "nan";
}

void sort_names(std::vector<std::string>& names) {
    const bool whole = std::all_of(names.begin(), names.end(),
                                   [](const std::string& name) { return to_whole(name).has_value(); });
    std::sort(names.begin(), names.end(), [whole](const std::string& left, const std::string& right) {
        return whole && to_whole(left) != to_whole(right) ? to_whole(left) < to_whole(right) : left < right;
    });
    names.erase(std::unique(names.begin(), names.end()), names.end());
}

std::string repeated(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    return twice == names.end() ? "" : *twice;
}

}  // namespace graft::tables
