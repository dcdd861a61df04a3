// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "start/table.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/files.hpp"
#include "core/number_text.hpp"
#include "start/files.hpp"

namespace graft::start {
namespace {

constexpr std::uint64_t longest_table = std::uint64_t(256) << 20;

char delimiter_of(const std::string& text) {
    const std::string line = text.substr(0, text.find_first_of("\r\n"));
    char best = ',';
    for (const char candidate : {',', ';', '\t'}) {
        if (std::count(line.begin(), line.end(), candidate) > std::count(line.begin(), line.end(), best)) {
            best = candidate;
        }
    }
    return best;
}

std::string trimmed(const std::string& cell) {
    const std::size_t begin = cell.find_first_not_of(" \t");
    return begin == std::string::npos ? "" : cell.substr(begin, cell.find_last_not_of(" \t") - begin + 1);
}

/// Reads row after row.
class Rows {
public:
    Rows(const std::string& text, char delimiter) : text_(text), delimiter_(delimiter) {}

    bool next(std::vector<std::string>& cells) {
        cells.clear();
        while (position_ < text_.size() && (text_[position_] == '\n' || text_[position_] == '\r')) {
            ++position_;
        }
        if (position_ >= text_.size()) {
            return false;
        }
        do {
            cells.push_back(cell());
        } while (position_ < text_.size() && text_[position_] == delimiter_ && ++position_ <= text_.size());
        return true;
    }

private:
    bool ends_cell(char letter) const { return letter == delimiter_ || letter == '\n' || letter == '\r'; }

    std::string cell() {
        std::string cell;
        const bool quoted = position_ < text_.size() && text_[position_] == '"';
        if (!quoted) {
            const std::size_t begin = position_;
            while (position_ < text_.size() && !ends_cell(text_[position_])) {
                ++position_;
            }
            return trimmed(text_.substr(begin, position_ - begin));
        }
        for (++position_; position_ < text_.size(); ++position_) {
            if (text_[position_] != '"') {
                cell += text_[position_];
            } else if (text_.compare(position_, 2, "\"\"") == 0) {
                cell += text_[position_++];
            } else {
                ++position_;
                break;
            }
        }
        while (position_ < text_.size() && !ends_cell(text_[position_])) {
            ++position_;  // spaces behind the closing quotation mark
        }
        return cell;
    }

    const std::string& text_;
    char delimiter_;
    std::size_t position_ = 0;
};

}  // namespace

std::vector<std::string> TextTable::column(std::size_t index) const {
    std::vector<std::string> cells;
    for (const std::vector<std::string>& row : rows) {
        if (!row[index].empty() && !means_nothing(row[index])) {
            cells.push_back(row[index]);
        }
    }
    return cells;
}

TextTable read_table(const std::filesystem::path& path, std::size_t most_rows) {
    const std::string text = without_byte_order_mark(core::read_file(path, longest_table));
    TextTable table;
    if (text.find('\0') != std::string::npos) {
        return table;
    }
    table.delimiter = delimiter_of(text);
    Rows rows(text, table.delimiter);
    rows.next(table.header);
    std::vector<std::string> cells;
    while (table.rows.size() < most_rows && rows.next(cells)) {
        if (cells.size() == table.header.size()) {
            table.rows.push_back(cells);
        }
    }
    return table;
}

bool means_nothing(const std::string& cell) {
    static const std::set<std::string> words = {"NA",  "N/A", "n/a",  "#N/A", "<NA>",
                                                "nan", "NaN", "null", "NULL", "?"};
    return words.count(cell) > 0;
}

bool is_number(const std::string& cell) {
    const auto value =
        core::number_of_text<double>(std::string_view(cell).substr(cell.starts_with('+') ? 1 : 0));
    return value && std::isfinite(*value);
}

}  // namespace graft::start
