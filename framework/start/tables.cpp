// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Tables whose rows name pictures.
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/problem.hpp"
#include "start/columns.hpp"
#include "start/finding.hpp"
#include "start/split_paths.hpp"

namespace graft::start {
namespace {

/// The cells as paths of pictures: with / between names, relative to the root where they are absolute.
std::vector<std::string> names_in(const Files& files, std::vector<std::string> cells) {
    const std::filesystem::path root = std::filesystem::absolute(files.root).lexically_normal();
    for (std::string& cell : cells) {
        std::replace(cell.begin(), cell.end(), '\\', '/');
        const std::filesystem::path path = std::filesystem::path(cell).lexically_normal();
        cell = (path.is_absolute() ? path.lexically_relative(root) : path).generic_string();
    }
    return cells;
}

/// The folders in which some of the names are pictures.
std::set<std::string> folders_of_names(const Files& files, const std::vector<std::string>& names) {
    constexpr std::size_t looked_at = 20;
    const std::size_t step = std::max<std::size_t>(1, names.size() / looked_at);
    std::set<std::string> folders;
    for (std::size_t index = 0; index < names.size(); index += step) {
        const std::string end = "/" + names[index];
        if (files.pictures.count(names[index]) > 0) {
            folders.insert("");
        }
        for (const std::string& path : files.pictures) {
            if (path.ends_with(end)) {
                folders.insert(path.substr(0, path.size() - end.size()));
            }
        }
    }
    return folders;
}

/// Of the column and the folder that make most of the rows pictures.
std::optional<PictureTable> as_picture_table(const Files& files, const std::string& file) {
    PictureTable found;
    found.file = file;
    try {
        found.table = read_table(files.root / file);
    } catch (const core::Failure&) {
        return std::nullopt;  // unreadable, or too long to be looked at here
    }
    const std::size_t columns = std::min<std::size_t>(found.table.header.size(), 16);
    for (std::size_t column = 0; column < columns; ++column) {
        const std::vector<std::string> cells = names_in(files, found.table.column(column));
        for (const std::string& folder : folders_of_names(files, cells)) {
            const std::string begin = folder.empty() ? "" : folder + "/";
            const auto there = static_cast<std::size_t>(std::count_if(
                cells.begin(), cells.end(),
                [&](const std::string& cell) { return files.pictures.count(begin + cell) > 0; }));
            const bool is_better =
                there > found.found || (there == found.found && there > 0 && column == found.picture_column &&
                                        likeness(folder, file) > likeness(found.images, file));
            if (is_better) {
                found.found = there;
                found.picture_column = column;
                found.images = folder;
            }
        }
    }
    const bool enough = found.found > 0 && found.found * 2 >= found.table.rows.size();
    return enough ? std::optional(std::move(found)) : std::nullopt;
}

/// "ada_3.jpg" of several pictures: the regular expression whose group is the person; empty: names do not
/// tell.
std::string person_pattern(const PictureTable& table) {
    static const std::regex form("^(.+)_[0-9]+[.].*");
    std::set<std::string> persons;
    const std::vector<std::string> names = table.table.column(table.picture_column);
    for (const std::string& name : names) {
        std::smatch match;
        if (!std::regex_match(name, match, form)) {
            return "";
        }
        persons.insert(match[1]);
    }
    return persons.size() * 2 <= names.size() && persons.size() > 1 ? "^(.+)_[0-9]+[.]" : "";
}

/// Tables that tell something of pictures come before those that only name them.
std::pair<bool, std::size_t> rank_of(const PictureTable& table) {
    return {table.table.header.size() > 1, table.found};
}

/// How the table is written, where it is not the usual way.
void describe_form(const PictureTable& table, Finding& found) {
    if (table.table.delimiter != ',') {
        found.data.push_back({"delimiter", table.table.delimiter == '\t' ? R"("\t")" : R"(";")"});
    }
    std::set<std::string> nothing;
    for (const std::vector<std::string>& row : table.table.rows) {
        std::copy_if(row.begin(), row.end(), std::inserter(nothing, nothing.end()), means_nothing);
    }
    if (!nothing.empty()) {
        const std::vector<std::string> words(nothing.begin(), nothing.end());
        found.data.push_back({"missing", yaml_list(words), "cells that stand for nothing"});
        found.facts.push_back("cells that stand for nothing: " + some_of(words));
    }
}

void describe_points(const PictureTable& table, std::size_t points, Finding& found) {
    found.what = "a table of points";
    found.data.push_back({"point_count", std::to_string(points), "so that `graft check` needs no data"});
    const std::string pattern = person_pattern(table);
    if (pattern.empty()) {
        found.data.push_back({"split", "{val: 0.2, seed: 0}", "a fifth validates"});
    } else {
        found.data.push_back({"person", "'" + pattern + "'", "one person's pictures stay together"});
        found.data.push_back(
            {"split", "{val: 0.2, seed: 0, group: person}", "a fifth of the persons validates"});
    }
    found.facts.push_back(fmt::format("{} points a picture, by the table's columns", points));
    found.heads = {{"points", "points", "points"}};
    found.shape_matters = true;
}

void tell_other_tables(const std::vector<PictureTable>& tables, const PictureTable& chosen, Finding& found) {
    for (const PictureTable& other : tables) {
        if (other.file == chosen.file) {
            continue;
        }
        const bool alike = other.table.header == chosen.table.header;
        std::string use = alike ? fmt::format("; `graft eval RUN --set data.csv={}", other.file) : "";
        if (alike && other.images != chosen.images) {
            use += fmt::format(" --set data.images={}", other.images);
        }
        found.unused.push_back(fmt::format("{}: another table, of {} rows{}", other.file,
                                           other.table.rows.size(), alike ? use + "` measures by it" : ""));
    }
}

}  // namespace

std::optional<Finding> find_table(const Files& files) {
    std::vector<PictureTable> tables;
    for (const std::string& file : files.others) {
        const std::string extension = extension_of(file);
        const bool is_near = folder_of(file).find('/') == std::string::npos;
        if (is_near && (extension == ".csv" || extension == ".tsv")) {
            if (auto table = as_picture_table(files, file)) {
                tables.push_back(std::move(*table));
            }
        }
    }
    if (tables.empty()) {
        return std::nullopt;
    }
    const PictureTable& table = *std::max_element(
        tables.begin(), tables.end(),
        [](const PictureTable& left, const PictureTable& right) { return rank_of(left) < rank_of(right); });
    Finding found;
    found.facts = {fmt::format("{}: {} rows, {} of them with a picture that is there", table.file,
                               table.table.rows.size(), table.found)};
    const std::optional<std::size_t> points = count_points(table);
    found.data = {{"use", points ? "keypoints_csv" : "csv"}, {"csv", yaml_word(table.file)}};
    if (!table.images.empty()) {
        found.data.push_back({"images", yaml_word(table.images)});
    }
    describe_form(table, found);
    if (points) {
        describe_points(table, *points, found);
    } else {
        found.what = "a table of pictures";
        read_columns(table, found);
    }
    tell_other_tables(tables, table, found);
    return found;
}

}  // namespace graft::start
