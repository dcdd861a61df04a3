// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "data/correction_table.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/csv.hpp"
#include "core/files.hpp"
#include "core/names.hpp"
#include "core/number_text.hpp"
#include "core/text.hpp"
#include "target/kind.hpp"
#include "weights/sha256.hpp"

namespace graft::data {
namespace {

using core::Failure;

std::optional<double> number_in(const std::string& text) {
    const auto number = core::number_of_text<double>(text);
    return number && std::isfinite(*number) ? number : std::nullopt;
}

bool has_one_value(const TargetSchema& target) {
    return target.kind == TargetKind::category || target.kind == TargetKind::scalar;
}

/// Reads a table; what is wrong with it goes to the problems.
class Reader {
public:
    Reader(const std::vector<TargetSchema>& targets, CorrectionTable& table, core::Problems& problems)
        : targets_(targets), table_(table), problems_(problems) {}

    void read() {
        std::string text;
        try {
            text = core::read_file(table_.correction.file);
        } catch (const Failure& failure) {
            problems_.push_back(
                {table_.place, fmt::format("data.{}: {}", table_.correction.key, failure.what()),
                 "a relative name begins at the working directory; leave the key out where nothing is to be "
                 "corrected"});
            return;
        }
        table_.correction.sha256 = weights::sha256(std::as_bytes(std::span(text)));
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        const auto rows =
            core::csv_rows(text.starts_with(byte_order_mark) ? text.substr(byte_order_mark.size()) : text);
        if (!read_columns(rows.empty() ? std::vector<std::string>() : rows.front())) {
            return;
        }
        for (std::size_t index = 1; index < rows.size(); ++index) {
            line_ = static_cast<int>(index) + 1;
            if (rows[index].size() > 1 || !rows[index].front().empty()) {
                read_row(rows[index]);
            }
        }
    }

private:
    void refuse(std::string message, std::string remedy = "", int column = 1) {
        problems_.push_back(
            {{table_.correction.file, line_, column, ""}, std::move(message), std::move(remedy)});
    }

    bool read_columns(const std::vector<std::string>& header) {
        const bool relabels = table_.correction.key == "relabel";
        const std::vector<std::string> known =
            relabels ? std::vector<std::string>{"id", "split", "target", "label", "reason"}
                     : std::vector<std::string>{"id", "split", "reason"};
        const std::size_t before = problems_.size();
        for (std::size_t column = 0; column < header.size(); ++column) {
            const std::string name = core::legible(header[column]);
            if (std::find(known.begin(), known.end(), name) == known.end()) {
                refuse(fmt::format("the column '{}' means nothing in a table of data.{}", name,
                                   table_.correction.key),
                       core::suggest(name, known), static_cast<int>(column) + 1);
            } else if (!columns_.emplace(name, column).second) {
                refuse(fmt::format("the column '{}' is there twice", name), "keep one",
                       static_cast<int>(column) + 1);
            }
        }
        for (const char* needed : {"id", "label"}) {
            if (!columns_.contains(needed) && (relabels || std::string(needed) == "id")) {
                refuse(fmt::format("a table of data.{} needs the column '{}'", table_.correction.key, needed),
                       "its first row names the columns: " + core::listed(known));
            }
        }
        return problems_.size() == before;
    }

    void read_row(const std::vector<std::string>& cells) {
        if (cells.size() != columns_.size()) {
            refuse(
                fmt::format("the row has {} cells, and the table {} columns", cells.size(), columns_.size()),
                "a cell with a comma in it stands in quotation marks");
            return;
        }
        ++table_.correction.rows;
        CorrectionRow row;
        row.line = line_;
        row.split = cell(cells, "split");
        const std::string id = cell(cells, "id");
        if (id.empty()) {
            refuse("the row has no id");
        }
        if (const std::vector<std::string> splits = {"train", "val", "test"};
            !row.split.empty() && std::find(splits.begin(), splits.end(), row.split) == splits.end()) {
            refuse(fmt::format("there is no split '{}'", row.split), core::suggest(row.split, splits));
        }
        if (table_.correction.key == "relabel") {
            read_label(cells, row);
            refuse_contradiction(id, row);
        }
        table_.rows[id].push_back(std::move(row));
    }

    std::string cell(const std::vector<std::string>& cells, const std::string& column) const {
        const auto found = columns_.find(column);
        return found == columns_.end() ? "" : core::legible(cells[found->second]);
    }

    /// The place of the target that a row names, or of the only one that it can mean.
    std::optional<std::size_t> target_of(const std::vector<std::string>& cells) {
        const std::string name = cell(cells, "target");
        std::vector<std::string> names;
        std::vector<std::size_t> fitting;
        for (std::size_t index = 0; index < targets_.size(); ++index) {
            if (!name.empty() && targets_[index].name == name) {
                return index;
            }
            names.push_back(targets_[index].name);
            if (has_one_value(targets_[index]) || targets_.size() == 1) {
                fitting.push_back(index);
            }
        }
        if (!name.empty()) {
            refuse(fmt::format("the data set has no target '{}'", name), core::suggest(name, names));
        } else if (fitting.size() == 1) {
            return fitting.front();
        } else {
            refuse("the row does not say which target the label is of",
                   "name it in the column `target`; the data set has: " + core::listed(names));
        }
        return std::nullopt;
    }

    void read_label(const std::vector<std::string>& cells, CorrectionRow& row) {
        const std::optional<std::size_t> place = target_of(cells);
        if (!place) {
            return;
        }
        const TargetSchema& target = targets_[*place];
        const std::string label = cell(cells, "label");
        TargetValue value;  // empty: nobody knows
        if (label.empty()) {
            value = std::monostate();
        } else if (target.kind == TargetKind::category) {
            const auto found = std::find(target.classes.begin(), target.classes.end(), label);
            if (found == target.classes.end()) {
                refuse(fmt::format("'{}' is no class of the target '{}'", label, target.name),
                       core::suggest(label, target.classes));
                return;
            }
            value = static_cast<std::int64_t>(found - target.classes.begin());
        } else if (target.kind == TargetKind::scalar) {
            const std::optional<double> number = number_in(label);
            if (!number) {
                refuse(fmt::format("'{}' is no number, and the target '{}' is one{}", label, target.name,
                                   target.unit.empty() ? "" : " in " + target.unit),
                       "a number has a decimal point and no separators");
                return;
            }
            value = *number;
        } else {
            refuse(fmt::format("the target '{}' has no single class or number that a table could give",
                               target.name),
                   "an empty label says that nobody knows the value; data.exclude leaves the sample out");
            return;
        }
        row.values[*place] = std::move(value);
    }

    void refuse_contradiction(const std::string& id, const CorrectionRow& row) {
        for (const CorrectionRow& other : table_.rows[id]) {
            const bool overlap = other.split.empty() || row.split.empty() || other.split == row.split;
            for (const auto& [target, value] : row.values) {
                const auto there = other.values.find(target);
                if (overlap && there != other.values.end() && !are_equal(target, there->second, value)) {
                    refuse(fmt::format("'{}' has another label in line {}", id, other.line),
                           "keep one of them");
                }
            }
        }
    }

    bool are_equal(std::size_t target, const TargetValue& one, const TargetValue& other) const {
        const auto is_missing = [](const TargetValue& value) {
            return std::holds_alternative<std::monostate>(value);
        };
        const target::Kind& kind = target::kind_of(targets_[target]);
        return is_missing(one) || is_missing(other) ? is_missing(one) && is_missing(other)
                                                    : kind.text(one) == kind.text(other);
    }

    const std::vector<TargetSchema>& targets_;
    CorrectionTable& table_;
    core::Problems& problems_;
    std::map<std::string, std::size_t> columns_;
    int line_ = 1;
};

}  // namespace

void read_correction_table(const std::vector<TargetSchema>& targets, CorrectionTable& table,
                           core::Problems& problems) {
    Reader(targets, table, problems).read();
}

}  // namespace graft::data
