// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "table_files.hpp"

#include <string_view>
#include <system_error>

#include "cells.hpp"
#include "graft/error.hpp"

namespace graft::tables {
namespace {

namespace fs = std::filesystem;
using folders::names_split;
using folders::splits_on_disk;
using folders::with_split;

bool is_file(const fs::path& path) {
    std::error_code error;
    return fs::is_regular_file(path, error);
}

CsvForm form_of(const Options& options) {
    CsvForm form;
    if (options.has("delimiter")) {
        const std::string& given = options.text("delimiter");
        const std::string text = given == "tab" || given == "\\t" ? "\t" : given;
        if (text.size() != 1 || std::string_view(",;\t|:").find(text) == std::string_view::npos) {
            throw Error(
                ErrorKind::options,
                "`delimiter` is '" + given + "'; expected one of \",\", \";\", \"\\t\" (tab), \"|\", \":\"");
        }
        form.delimiter = text.front();
    }
    form.missing = options.texts("missing");
    return form;
}

[[noreturn]] void no_table(const fs::path& path) {
    throw Error(ErrorKind::data, "there is no table " + path.string() + ".\n" + nearby(path.parent_path()) +
                                     "\nCorrect `root`, `csv` or the split's name.");
}

}  // namespace

OptionTable table_options(const std::string& usual_csv) {
    OptionSpec csv = option::text(
        "csv", usual_csv, "the table's file below root; \"{split}\" in it stands for the split's name");
    return {option::path("root", "the folder that holds the table and the pictures").must(),
            usual_csv.empty() ? std::move(csv).must() : csv,
            option::text("images", "",
                         "folder below root that file names are relative to; \"{split}\" in it stands for "
                         "the split's name"),
            option::text("delimiter", "",
                         "what stands between columns: \",\", \";\" or \"\\t\" (tab); absent: as the header "
                         "shows")
                .optional(),
            option::texts("missing", {},
                          "cells that stand for nothing, besides empty ones, such as [\"n/a\", \"-1\"]")};
}

std::vector<std::string> split_names(const Options& options) {
    return names_split(options.text("csv")) ? splits_on_disk(options.text("root"), options.text("csv"))
                                            : std::vector<std::string>();
}

bool csv_names_split(const Options& options) {
    return names_split(options.text("csv"));
}

std::vector<TableFile> table_files(const Options& options, const std::string& split) {
    const fs::path root = options.text("root");
    const std::string& pattern = options.text("csv");
    const std::string& images = options.text("images");
    const bool every = split.empty() && names_split(pattern);
    if (fs::path(images).is_absolute()) {  // the ids would change from machine to machine
        throw Error(ErrorKind::options,
                    "`images` is '" + images + "', an absolute path; expected a folder below root");
    }
    if (split.empty() && !every && names_split(images)) {
        throw Error(ErrorKind::options,
                    "`images` is '" + images + "', but `csv` is '" + pattern +
                        "' for every split; write \"{split}\" in both, or the folder's own name");
    }
    std::vector<TableFile> files;
    for (const std::string& name : every ? splits_on_disk(root, pattern) : std::vector<std::string>{split}) {
        files.push_back({root, root / with_split(pattern, name), with_split(images, name), form_of(options)});
        if (!is_file(files.back().csv)) {
            no_table(files.back().csv);
        }
    }
    if (files.empty()) {
        no_table(root / pattern);
    }
    return files;
}

std::vector<TableFile> table_files_by_name(const Options& options, const std::string& split) {
    if (!split.empty() && !csv_names_split(options)) {
        throw Error(ErrorKind::options,
                    "`csv` is '" + options.text("csv") + "' for every split, so the split '" + split +
                        "' cannot be found; write \"{split}\" where the name of the table has the split's, "
                        "or divide one table: split: {val: 0.2}");
    }
    return table_files(options, split);
}

}  // namespace graft::tables
