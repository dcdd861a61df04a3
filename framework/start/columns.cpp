// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "start/columns.hpp"

#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

namespace graft::start {
namespace {

bool is_count(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](unsigned char letter) { return std::isdigit(letter) != 0; });
}

/// "left_eye_x" and "left_eye_y", "x1" and "y1".
bool are_pair(const std::string& first, const std::string& second) {
    if (first.size() != second.size()) {
        return false;
    }
    std::size_t differing = 0;
    for (std::size_t index = 0; index < first.size(); ++index) {
        if (first[index] == second[index]) {
            continue;
        }
        const bool x_to_y = std::tolower(static_cast<unsigned char>(first[index])) == 'x' &&
                            std::tolower(static_cast<unsigned char>(second[index])) == 'y';
        if (!x_to_y) {
            return false;
        }
        ++differing;
    }
    return differing == 1;
}

/// What the cells of one column are.
struct Column {
    std::string name;
    std::vector<std::string> cells;
    std::map<std::string, std::size_t> words;
    bool numbers = true;
    bool whole_numbers = true;
};

Column column_of(const TextTable& table, std::size_t index) {
    Column column;
    column.name = table.header[index];
    column.cells = table.column(index);
    for (const std::string& cell : column.cells) {
        ++column.words[cell];
        column.numbers = column.numbers && is_number(cell);
        column.whole_numbers = column.whole_numbers && is_count(cell);
    }
    return column;
}

std::string words_text(const Column& column) {
    std::vector<std::string> entries;
    for (const auto& [word, count] : column.words) {
        entries.push_back(fmt::format("{} {}", word, count));
    }
    return some_of(entries);
}

/// Rows that are called train, val and test.
bool tells_split(const Column& column) {
    return column.words.size() >= 2 &&
           std::all_of(column.words.begin(), column.words.end(),
                       [](const auto& entry) { return !split_of(entry.first).empty(); });
}

bool lists_labels(const Column& column) {
    const auto several = std::count_if(column.cells.begin(), column.cells.end(), [](const std::string& cell) {
        return cell.find('|') != std::string::npos;
    });
    return several > 0 && static_cast<std::size_t>(several) * 20 >= column.cells.size();
}

/// Sorts the columns of a table by what they can be.
class Reader {
public:
    explicit Reader(const PictureTable& table) : table_(table) {}

    void read() {
        for (std::size_t index = 0; index < table_.table.header.size(); ++index) {
            if (index != table_.picture_column) {
                take(column_of(table_.table, index));
            }
        }
    }

    std::vector<std::string> categories;
    std::vector<std::string> scalars;
    std::string labels;
    std::string split_column;
    std::map<std::string, std::string> splits;  ///< "train" -> the word in the column
    std::vector<std::string> facts;
    std::vector<std::string> unused;

private:
    void leave_out(const Column& column, const std::string& reason) {
        unused.push_back(fmt::format("column '{}': {}", column.name, reason));
    }

    void take(const Column& column) {
        constexpr std::size_t most_classes = 200;
        constexpr std::size_t most_classes_in_numbers = 12;
        const std::size_t words = column.words.size();
        if (column.name.empty()) {
            leave_out(column, "has no name");
        } else if (column.cells.empty()) {
            leave_out(column, "is empty");
        } else if (tells_split(column)) {
            take_split(column);
        } else if (words < 2) {
            leave_out(column, fmt::format("is '{}' in every row", column.cells.front()));
        } else if (column.whole_numbers && words == column.cells.size() && words > most_classes_in_numbers) {
            leave_out(column, "is another whole number in every row, which looks like a number of the row");
        } else if (column.numbers && !(column.whole_numbers && words <= most_classes_in_numbers)) {
            scalars.push_back(column.name);
            facts.push_back(fmt::format("column '{}': numbers in {} rows", column.name, column.cells.size()));
        } else if (lists_labels(column) && labels.empty()) {
            labels = column.name;
            facts.push_back(
                fmt::format("column '{}': labels, several in a cell with | between them", column.name));
        } else if (words <= most_classes && words * 2 <= column.cells.size()) {
            categories.push_back(column.name);
            facts.push_back(
                fmt::format("column '{}': {} classes: {}", column.name, words, words_text(column)));
        } else {
            leave_out(column, fmt::format("holds {} different texts in {} rows: too many for classes", words,
                                          column.cells.size()));
        }
    }

    void take_split(const Column& column) {
        if (!split_column.empty()) {
            leave_out(column, fmt::format("tells splits, as '{}' does", split_column));
            return;
        }
        split_column = column.name;
        for (const auto& [word, count] : column.words) {
            splits.emplace(split_of(word), word);
        }
        facts.push_back(fmt::format("column '{}': splits: {}", column.name, words_text(column)));
    }

    const PictureTable& table_;
};

void add_split(const Reader& reader, Finding& found) {
    if (reader.splits.count("train") > 0 && reader.splits.size() >= 2) {
        const bool has_val = reader.splits.count("val") > 0;
        found.data.push_back({"split_column", yaml_word(reader.split_column)});
        found.data.push_back({"split",
                              fmt::format("{{train: {}, val: {}}}", yaml_word(reader.splits.at("train")),
                                          yaml_word(reader.splits.at(has_val ? "val" : "test"))),
                              has_val ? "" : "the test split chooses the best epoch: there is no other"});
        return;
    }
    const std::string stratify =
        reader.categories.size() == 1 ? ", stratify: " + yaml_word(reader.categories.front()) : "";
    found.data.push_back({"split", "{val: 0.2, seed: 0" + stratify + "}", "a fifth validates"});
}

}  // namespace

std::optional<std::size_t> count_points(const PictureTable& table) {
    const std::vector<std::string>& header = table.table.header;
    if (table.picture_column != 0 || header.size() < 5 || header.size() % 2 == 0) {
        return std::nullopt;
    }
    for (std::size_t index = 1; index < header.size(); index += 2) {
        const bool numbered = is_count(header[index]) && is_count(header[index + 1]);
        if (!numbered && !are_pair(header[index], header[index + 1])) {
            return std::nullopt;
        }
    }
    for (std::size_t index = 1; index < header.size(); ++index) {
        const std::vector<std::string> cells = table.table.column(index);
        if (!std::all_of(cells.begin(), cells.end(), is_number)) {
            return std::nullopt;
        }
    }
    return (header.size() - 1) / 2;
}

void read_columns(const PictureTable& table, Finding& found) {
    Reader reader(table);
    reader.read();
    found.facts.insert(found.facts.end(), reader.facts.begin(), reader.facts.end());
    found.unused.insert(found.unused.end(), reader.unused.begin(), reader.unused.end());
    if (table.table.header[table.picture_column] != "file") {
        found.data.push_back({"file_column", yaml_word(table.table.header[table.picture_column])});
    }
    if (!reader.categories.empty()) {
        found.data.push_back({"categories", yaml_list(reader.categories)});
    }
    if (!reader.scalars.empty()) {
        found.data.push_back({"scalars", yaml_list(reader.scalars), "units: [...] may name their units"});
    }
    if (!reader.labels.empty()) {
        found.data.push_back({"labels_column", yaml_word(reader.labels)});
    }
    add_split(reader, found);
    for (const std::string& name : reader.categories) {
        found.heads.push_back({name, "category", name});
    }
    for (const std::string& name : reader.scalars) {
        found.heads.push_back({name, "scalar", name});
    }
    if (!reader.labels.empty()) {
        found.heads.push_back({reader.labels, "labels", reader.labels});
    }
    if (found.heads.empty()) {
        found.refusal = "no column of the table tells what is on the pictures";
    }
}

}  // namespace graft::start
