// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Classes, labels and numbers of a picture a line, in a table whose header names the columns.
#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "cells.hpp"
#include "csv_targets.hpp"
#include "graft/ability.hpp"
#include "graft/error.hpp"
#include "graft/plugin.hpp"
#include "listing.hpp"

namespace graft::tables {
namespace {

/// Which rows of which tables belong to a split, and what else is read besides the targets.
class CsvTable {
public:
    CsvTable(const Options& options, const std::string& split)
        : options_(options),
          split_(split),
          targets_(options),
          split_column_(options.has("split_column") ? options.text("split_column") : ""),
          group_column_(options.has("group_column") ? options.text("group_column") : "") {
        if (!split_column_.empty() && csv_names_split(options)) {
            throw Error(ErrorKind::options, "`csv` is '" + options.text("csv") + "' and `split_column` is '" +
                                                split_column_ + "': both tell the split; keep one of them");
        }
    }

    const CsvTargets& targets() const { return targets_; }

    std::vector<TableFile> files() const {
        return split_column_.empty() ? table_files_by_name(options_, split_) : table_files(options_, split_);
    }

    Columns columns(const Csv& csv) const {
        std::vector<std::string> needed = targets_.columns();
        needed.push_back(options_.text("file_column"));
        for (const std::string& name : {split_column_, group_column_}) {
            if (!name.empty()) {
                needed.push_back(name);
            }
        }
        Columns columns(csv, needed);
        require_split(csv, columns);
        return columns;
    }

    bool has(const Columns& columns, const Row& row) const {
        return split_column_.empty() || split_.empty() || columns.cell(row, split_column_) == split_;
    }

    Record record(const Columns& columns, const Row& row, const std::vector<TargetSchema>& targets) const {
        return {columns.cell(row, options_.text("file_column")),
                group_column_.empty() ? "" : columns.cell(row, group_column_),
                targets_.read(columns, row, targets)};
    }

    /// What the column that tells the split holds, sorted.
    std::vector<std::string> split_names() const {
        std::vector<std::string> found;
        for (const TableFile& file : files()) {
            const Csv csv = read_csv(file.csv, file.form);
            const Columns columns(csv, {split_column_});
            for (const Row& row : csv.rows) {
                if (row.cells.size() == csv.header.cells.size()) {
                    found.push_back(columns.cell(row, split_column_));
                }
            }
        }
        sort_names(found);
        return found;
    }

private:
    void require_split(const Csv& csv, const Columns& columns) const {
        if (split_column_.empty() || split_.empty()) {
            return;
        }
        std::vector<std::string> found;
        for (const Row& row : csv.rows) {
            if (row.cells.size() == csv.header.cells.size()) {
                found.push_back(columns.cell(row, split_column_));
            }
        }
        if (std::find(found.begin(), found.end(), split_) == found.end()) {
            sort_names(found);
            throw Error(ErrorKind::data, csv.path + ": no row has '" + split_ + "' in the column '" +
                                             split_column_ +
                                             "', which tells the split; it has: " + joined(found));
        }
    }

    Options options_;
    std::string split_;
    CsvTargets targets_;
    std::string split_column_;
    std::string group_column_;
};

bool is_open(const TargetSchema& target) {
    return target.kind != TargetKind::scalar && target.classes.empty();
}

/// Adds the classes that the options leave open.
void find_classes(const CsvTable& table, std::vector<TargetSchema>& targets) {
    std::vector<std::string> names;
    for (const TableFile& file : table.files()) {
        const Csv csv = read_csv(file.csv, file.form);
        const Columns columns = table.columns(csv);
        for (const Row& row : csv.rows) {
            if (row.cells.size() == csv.header.cells.size() && table.has(columns, row)) {
                table.targets().collect(columns, row, targets);
            }
        }
        names.push_back(csv.path);
    }
    const std::vector<TargetSchema> declared = table.targets().schema();
    for (std::size_t index = 0; index < targets.size(); ++index) {
        if (is_open(targets[index])) {
            throw Error(ErrorKind::data, joined(names) + ": the column '" + targets[index].name +
                                             "' names no class; fill it, or correct the options that name "
                                             "columns");
        }
        if (is_open(declared[index])) {
            sort_names(targets[index].classes);
        }
    }
}

std::vector<std::string> split_names_of(const Options& options) {
    return options.has("split_column") ? CsvTable(options, "").split_names() : split_names(options);
}

class CsvDataset : public ListedDataset {
public:
    static OptionTable options() {
        OptionTable table = table_options();
        table.push_back(option::text("file_column", "file", "column that names the picture"));
        for (OptionSpec& spec : CsvTargets::options()) {
            table.push_back(std::move(spec));
        }
        table.push_back(option::text("split_column", "", "column that names the split").optional());
        table.push_back(
            option::text("group_column", "",
                         "column of a group, such as a person, whose samples `split: {group: ...}` keeps "
                         "in one split")
                .optional());
        return table;
    }

    static std::vector<TargetSchema> schema(const Options& options, const std::string& split) {
        const CsvTable table(options, split);
        std::vector<TargetSchema> targets = table.targets().schema();
        if (std::any_of(targets.begin(), targets.end(), is_open)) {
            find_classes(table, targets);
        }
        return targets;
    }

    static const void* ability(std::string_view name) {
        static constexpr ability::Outline outline = [](const Options& options) {
            return CsvTargets(options).schema();
        };
        static constexpr ability::SplitNames names = split_names_of;
        static constexpr ability::IdleOptions idle = [](const Options& options) {
            std::vector<ability::IdleOption> found;
            if (!options.has("labels_column")) {
                found.push_back({"separator", "it stands between the labels of `labels_column`"});
            }
            return found;
        };
        return name == ability::outline        ? static_cast<const void*>(&outline)
               : name == ability::split_names  ? static_cast<const void*>(&names)
               : name == ability::idle_options ? static_cast<const void*>(&idle)
                                               : nullptr;
    }

    static std::string example() {
        return "use: csv\n"
               "root: birds                   # labels.csv, photos/1.jpg, ...\n"
               "csv: labels.csv               # file,species,weight,colours,nest\n"
               "images: photos\n"
               "categories: [species]\n"
               "scalars: [weight]\n"
               "units: [grams]\n"
               "labels_column: colours        # red|brown\n"
               "group_column: nest\n"
               "split: {val: 0.2, stratify: species, group: nest}\n";
    }

    CsvDataset(const Options& options, const DatasetContext& context)
        : ListedDataset(list(CsvTable(options, context.split), context)) {}

private:
    static Listing list(const CsvTable& table, const DatasetContext& context) {
        return read_tables(table.files(), [&](const Csv& csv, const TableFile&) -> RowReader {
            return [&table, &context, columns = table.columns(csv)](const Row& row) -> std::optional<Record> {
                if (!table.has(columns, row)) {
                    return std::nullopt;
                }
                return table.record(columns, row, context.targets);
            };
        });
    }
};

}  // namespace
}  // namespace graft::tables

GRAFT_DATASET(graft::tables::CsvDataset, "csv", "1.0.0",
              "classes, labels and numbers of pictures in a CSV table")
GRAFT_PLUGIN("graft", "BSD-3-Clause", "")
