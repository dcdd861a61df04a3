// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "../folders/files.hpp"
#include "csv_reader.hpp"
#include "graft/options.hpp"

namespace graft::tables {

/// Where the records of a split stand, and where their pictures lie.
struct TableFile {
    std::filesystem::path root;
    std::filesystem::path csv;
    std::string images;  ///< folder below the root, "" for the root itself
    CsvForm form;

    std::filesystem::path picture(const std::string& name) const { return root / images / name; }
};

/// The options `root`, `csv`, `images`, `delimiter` and `missing` that every table of pictures has; `{split}`
/// in the second and third stands for the split's name. Without a usual name the table must be named.
OptionTable table_options(const std::string& usual_csv = "");

/// Whether the name of the table tells the split.
bool csv_names_split(const Options& options);

/// The tables of a split. An empty split means every sample: then `{split}` matches any name. Throws
/// Error(data), telling what lies there, when there is no such file.
std::vector<TableFile> table_files(const Options& options, const std::string& split);

/// As above, where nothing but the name of the table tells the split: throws Error(options) when a split was
/// named and `{split}` does not stand in `csv`.
std::vector<TableFile> table_files_by_name(const Options& options, const std::string& split);

/// The names for which `{split}` in the table's file makes a file that is there, sorted; none without it.
std::vector<std::string> split_names(const Options& options);

using folders::nearby;

}  // namespace graft::tables
