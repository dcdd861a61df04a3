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

std::optional<double> to_number(const std::string& cell) {
    double number = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
    if (error != std::errc() || end != cell.data() + cell.size() || !std::isfinite(number)) {
        return std::nullopt;
    }
    return number;
}

std::size_t character_length(std::string_view text) {
    const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
    if (text.empty() || byte(0) < 0x80) {
        return text.empty() ? 0 : 1;
    }
    const std::size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
    if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < length) {
        return 0;
    }
    for (std::size_t index = 1; index < length; ++index) {
        if ((byte(index) & 0xc0U) != 0x80U) {
            return 0;
        }
    }
    // Longer than needed, half of a surrogate pair, or beyond Unicode.
    const bool wrong = (byte(0) == 0xe0 && byte(1) < 0xa0) || (byte(0) == 0xed && byte(1) > 0x9f) ||
                       (byte(0) == 0xf0 && byte(1) < 0x90) || (byte(0) == 0xf4 && byte(1) > 0x8f);
    return wrong ? 0 : length;
}

bool is_blank(const std::string& cell) {
    return cell.empty() || cell == missing_cell;
}

bool is_missing(const std::string& cell) {
    return is_blank(cell) || lower(cell) == "nan";
}

double require_number(const std::string& cell, const std::string& what, const std::string& expected) {
    if (const std::optional<double> number = to_number(cell)) {
        return *number;
    }
    std::string pointed = cell;
    std::replace(pointed.begin(), pointed.end(), ',', '.');
    if (std::count(cell.begin(), cell.end(), ',') == 1 && to_number(pointed)) {
        throw BadTable{what + " is '" + cell + "', with a decimal comma; write numbers with a point, '" +
                       pointed + "'. Where commas mean nothing else in the table: sed 's/,/./g' OLD > NEW"};
    }
    throw BadRecord{what + " is '" + cell + "'; expected " + expected};
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
