// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "csv_targets.hpp"

#include <algorithm>
#include <optional>

#include "cells.hpp"
#include "graft/error.hpp"
#include "listing.hpp"

namespace graft::tables {
namespace {

[[noreturn]] void refuse(const std::string& message) {
    throw Error(ErrorKind::options, message);
}

void append(std::vector<std::string>& all, const std::vector<std::string>& more) {
    all.insert(all.end(), more.begin(), more.end());
}

std::optional<std::int64_t> index_of(const std::vector<std::string>& classes, const std::string& name) {
    const auto found = std::find(classes.begin(), classes.end(), name);
    return found == classes.end() ? std::nullopt : std::optional<std::int64_t>(found - classes.begin());
}

/// `is_told`: the options tell the classes; else the training split does, whose rows know no other.
std::int64_t class_index(const TargetSchema& target, const std::string& name, bool is_told) {
    const auto index = index_of(target.classes, name);
    if (index) {
        return *index;
    }
    if (!is_told) {
        throw BadTable{target.name + " is '" + name +
                       "', a class that the training split lacks; it has: " + joined(target.classes) +
                       ".\nCorrect the cell, move such records to the training split, or remove them."};
    }
    throw BadRecord{target.name + " is '" + name + "', which is no class; expected " +
                    joined(target.classes)};
}

TargetValue read_scalar(const std::string& cell, const TargetSchema& target) {
    if (is_missing(cell)) {
        return {};
    }
    return require_number(cell, target.name, "a number or nothing");
}

std::optional<bool> read_flag(const std::string& cell, const std::string& column) {
    if (is_missing(cell)) {
        return std::nullopt;
    }
    const auto number = to_number(cell);
    if (!number || (*number != 0 && *number != 1)) {
        throw BadRecord{column + " is '" + cell + "'; expected 0, 1 or nothing"};
    }
    return *number == 1;
}

}  // namespace

OptionTable CsvTargets::options() {
    return {
        option::texts("categories", {}, "columns that name one of several classes, each a target"),
        option::texts("classes", {},
                      "classes in the order of their indices; with several categories each as COLUMN=CLASS; "
                      "absent: the words in the training split, sorted")
            .optional(),
        option::texts("scalars", {}, "columns of numbers, each a target"),
        option::texts("units", {}, "units of the scalars, in their order; absent: none").optional(),
        option::texts("labels", {},
                      "labels of which a picture has any number, together the target `labels`: each a column "
                      "of 0, 1 or nothing (unknown), or with `labels_column` a word in it"),
        option::text("labels_column", "",
                     "column that lists the labels of a picture and names the target; with `labels` absent, "
                     "the words in the training split, sorted")
            .optional(),
        option::text("separator", "|", "what stands between the labels of `labels_column`")};
}

CsvTargets::CsvTargets(const Options& options)
    : categories_(options.texts("categories")),
      scalars_(options.texts("scalars")),
      labels_(options.texts("labels")),
      separator_(options.text("separator")) {
    classes_ = options.has("classes") ? options.texts("classes") : classes_;
    units_ = options.has("units") ? options.texts("units") : std::vector<std::string>(scalars_.size());
    labels_column_ = options.has("labels_column") ? options.text("labels_column") : "";
    append(columns_, categories_);
    append(columns_, scalars_);
    if (!labels_column_.empty()) {
        columns_.push_back(labels_column_);
    } else {
        append(columns_, labels_);
    }
    if (columns_.empty()) {
        refuse("there is no target; name columns in `categories`, `scalars`, `labels` or `labels_column`");
    }
    if (const std::string twice = repeated(columns_); !twice.empty()) {
        refuse("the column '" + twice + "' is a target twice; name it once");
    }
    if (units_.size() != scalars_.size()) {
        refuse("`units` has " + std::to_string(units_.size()) + " units for " +
               std::to_string(scalars_.size()) + " scalars; give one each, or leave it out");
    }
    if (separator_.empty()) {
        refuse("`separator` is empty; expected what stands between labels, such as \"|\"");
    }
    if (const std::string twice = repeated(labels_); !twice.empty()) {
        refuse("`labels` has '" + twice + "' twice; name it once");
    }
    if (options.has("classes") && classes_.empty()) {
        refuse("`classes` is empty; name the classes, or leave it out");
    }
    if (const std::string twice = repeated(classes_); !twice.empty()) {
        refuse("`classes` has '" + twice + "' twice; name it once");
    }
    std::size_t used = 0;
    for (const std::string& category : categories_) {
        used += classes_of(category).size();
    }
    if (used != classes_.size()) {
        refuse(categories_.empty()
                   ? "`classes` belongs to `categories`, of which there are none"
                   : "`classes` has entries of no category; with several categories write each "
                     "as COLUMN=CLASS, with a column of: " +
                         joined(categories_));
    }
}

std::vector<std::string> CsvTargets::classes_of(const std::string& category) const {
    if (categories_.size() == 1) {
        return classes_;
    }
    std::vector<std::string> classes;
    for (const std::string& entry : classes_) {
        if (entry.starts_with(category + "=")) {
            classes.push_back(entry.substr(category.size() + 1));
        }
    }
    return classes;
}

std::vector<TargetSchema> CsvTargets::schema() const {
    std::vector<TargetSchema> targets;
    for (const std::string& category : categories_) {
        targets.push_back(category_target(category, classes_of(category)));
    }
    for (std::size_t index = 0; index < scalars_.size(); ++index) {
        targets.push_back(scalar_target(scalars_[index], units_[index]));
    }
    if (!labels_column_.empty() || !labels_.empty()) {
        targets.push_back(labels_target(labels_column_.empty() ? "labels" : labels_column_, labels_));
    }
    return targets;
}

std::vector<std::string> CsvTargets::words(const std::string& cell) const {
    std::vector<std::string> list;
    for (std::size_t begin = 0; begin <= cell.size();) {
        const std::size_t end = std::min(cell.find(separator_, begin), cell.size());
        const std::string word = trimmed(std::string_view(cell).substr(begin, end - begin));
        if (!word.empty()) {
            list.push_back(word);
        }
        begin = end + separator_.size();
    }
    return list;
}

void CsvTargets::collect(const Columns& columns, const Row& row, std::vector<TargetSchema>& found) const {
    const std::vector<TargetSchema> declared = schema();
    for (std::size_t index = 0; index < declared.size(); ++index) {
        const TargetSchema& target = declared[index];
        if (!target.classes.empty() || target.kind == TargetKind::scalar) {
            continue;
        }
        const std::string& cell = columns.cell(row, target.name);
        std::vector<std::string> names = words(cell);
        if (target.kind == TargetKind::category) {
            names = {cell};
        }
        if (is_blank(cell)) {
            continue;
        }
        append(found[index].classes, names);
    }
}

TargetValue CsvTargets::read_labels(const Columns& columns, const Row& row,
                                    const TargetSchema& target) const {
    Labels labels;
    if (labels_column_.empty()) {
        for (const std::string& column : target.classes) {
            labels.push_back(read_flag(columns.cell(row, column), column));
        }
        return labels;
    }
    const std::string& cell = columns.cell(row, labels_column_);
    if (cell == missing_cell) {
        return {};  // an empty cell says that there are no labels
    }
    labels.assign(target.classes.size(), false);
    for (const std::string& word : words(cell)) {
        labels[static_cast<std::size_t>(class_index(target, word, !labels_.empty()))] = true;
    }
    return labels;
}

std::vector<TargetValue> CsvTargets::read(const Columns& columns, const Row& row,
                                          const std::vector<TargetSchema>& targets) const {
    std::vector<TargetValue> values;
    for (const TargetSchema& target : targets) {
        if (target.kind == TargetKind::labels) {
            values.push_back(read_labels(columns, row, target));
        } else if (target.kind == TargetKind::scalar) {
            values.push_back(read_scalar(columns.cell(row, target.name), target));
        } else {
            const std::string& cell = columns.cell(row, target.name);
            const bool is_told = !classes_of(target.name).empty();
            values.push_back(is_blank(cell) ? TargetValue()
                                            : TargetValue(class_index(target, cell, is_told)));
        }
    }
    return values;
}

}  // namespace graft::tables
