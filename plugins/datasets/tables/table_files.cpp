// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "table_files.hpp"

#include <algorithm>
#include <string_view>
#include <system_error>

#include "cells.hpp"
#include "graft/error.hpp"

namespace graft::tables {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view placeholder = "{split}";

std::string with_split(std::string pattern, const std::string& split) {
    for (std::size_t offset = 0; (offset = pattern.find(placeholder, offset)) != std::string::npos;
         offset += split.size()) {
        pattern.replace(offset, placeholder.size(), split);
    }
    return pattern;
}

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        names.push_back(entry->path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

bool is_file(const fs::path& path) {
    std::error_code error;
    return fs::is_regular_file(path, error);
}

bool is_folder(const fs::path& path) {
    std::error_code error;
    return fs::is_directory(path, error);
}

/// Every name for which the pattern is a file.
std::vector<std::string> splits_on_disk(const fs::path& root, const std::string& pattern) {
    fs::path above = root;
    for (const fs::path& part : fs::path(pattern)) {
        const std::string text = part.string();
        const std::size_t offset = text.find(placeholder);
        if (offset == std::string::npos) {
            above /= part;
            continue;
        }
        const std::string before = text.substr(0, offset);
        const std::string after = text.substr(offset + placeholder.size());
        std::vector<std::string> splits;
        for (const std::string& name : names_in(above)) {
            if (name.size() > before.size() + after.size() && name.starts_with(before) &&
                name.ends_with(after)) {
                const std::string split = name.substr(offset, name.size() - before.size() - after.size());
                if (is_file(root / with_split(pattern, split))) {
                    splits.push_back(split);
                }
            }
        }
        return splits;
    }
    return {};
}

bool names_split(const std::string& pattern) {
    return pattern.find(placeholder) != std::string::npos;
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

std::string nearby(const fs::path& folder) {
    fs::path above = fs::absolute(folder).lexically_normal();
    while (!is_folder(above) && above.has_relative_path()) {
        above = above.parent_path();
    }
    std::vector<std::string> names = names_in(above);
    for (std::string& name : names) {
        name += is_folder(above / name) ? "/" : "";
    }
    return above.string() + " holds: " + joined(names);
}

}  // namespace graft::tables
