// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/csv.hpp"

#include <utility>

namespace graft::core {
namespace {

/// The cell that begins at `position`, which moves behind it.
std::string next_cell(std::string_view text, std::size_t& position) {
    std::string cell;
    bool quoted = position < text.size() && text[position] == '"';
    position += quoted ? 1 : 0;
    while (position < text.size()) {
        const char letter = text[position];
        if (quoted && letter == '"') {
            ++position;
            quoted = position < text.size() && text[position] == '"';
            if (quoted) {
                cell += text[position++];
            }
            continue;
        }
        if (!quoted && (letter == ',' || letter == '\n')) {
            break;
        }
        cell += letter;
        ++position;
    }
    return cell;
}

}  // namespace

std::vector<std::vector<std::string>> csv_rows(std::string_view text) {
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> row;
    std::size_t position = 0;
    while (position < text.size()) {
        row.push_back(next_cell(text, position));
        const bool is_last = position >= text.size() || text[position] == '\n';
        if (is_last && row.back().ends_with('\r')) {
            row.back().pop_back();
        }
        if (!is_last && position + 1 == text.size()) {
            row.emplace_back();  // a comma ends the text
        }
        ++position;
        if (is_last || position >= text.size()) {
            rows.push_back(std::move(row));
            row.clear();
        }
    }
    return rows;
}

}  // namespace graft::core
