// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "start/finding.hpp"
#include "start/table.hpp"

namespace graft::start {
namespace {

constexpr std::uint64_t longest_label_file = std::uint64_t(16) << 20;

/// The file's text; empty where it cannot be read or is too long.
std::string label_text(const Files& files, const std::string& path) {
    try {
        return core::read_file(files.root / path, longest_label_file);
    } catch (const core::Failure&) {
        return "";
    }
}

/// Whether a text is lines of a class and four or more parts of the picture's sides.
bool is_yolo(const std::string& text, std::map<std::string, std::size_t>& classes) {
    bool any = false;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::vector<std::string> cells;
        for (std::string cell; words >> cell;) {
            cells.push_back(cell);
        }
        if (cells.empty()) {
            continue;
        }
        if (cells.size() < 5 || !std::all_of(cells.begin(), cells.end(), is_number)) {
            return false;
        }
        ++classes[cells.front()];
        any = true;
    }
    return any;
}

/// The label file of a picture, by YOLO's rule: `labels` for the last `images`, .txt for its extension; or
/// beside it.
std::string yolo_label_of(const Files& files, const std::string& picture) {
    const std::string base = without_extension(picture);
    if (files.others.count(base + ".txt") > 0) {
        return base + ".txt";
    }
    const std::string padded = "/" + base;
    const std::size_t folder = padded.rfind("/images/");
    if (folder == std::string::npos) {
        return "";
    }
    const std::string label =
        padded.substr(1, folder) + "labels" + padded.substr(folder + std::string("/images").size()) + ".txt";
    return files.others.count(label) > 0 ? label : "";
}

/// The file right in the folder that names the classes; empty: there is none.
std::string yolo_data_file(const Files& files) {
    for (const std::string& path : files.others) {
        const bool is_yaml = extension_of(path) == ".yaml" || extension_of(path) == ".yml";
        if (is_yaml && path.find('/') == std::string::npos &&
            ("\n" + label_text(files, path)).find("\nnames:") != std::string::npos) {
            return path;
        }
    }
    return "";
}

}  // namespace

std::optional<Finding> find_yolo(const Files& files) {
    std::map<std::string, std::size_t> classes;
    std::size_t labelled = 0;
    for (const std::string& picture : files.pictures) {
        const std::string label = yolo_label_of(files, picture);
        labelled += !label.empty() && is_yolo(label_text(files, label), classes) ? 1 : 0;
    }
    if (labelled == 0 || labelled * 2 < files.pictures.size()) {
        return std::nullopt;
    }
    std::vector<std::string> entries;
    std::size_t boxes = 0;
    for (const auto& [name, count] : classes) {
        entries.push_back(fmt::format("{} {}", name, count));
        boxes += count;
    }
    Finding found;
    found.what = "a text of boxes beside each picture, in YOLO's format";
    found.facts = {fmt::format("{} of {} pictures have one: {} boxes of {} classes: {}", labelled,
                               files.pictures.size(), boxes, classes.size(), some_of(entries))};
    const std::string data = yolo_data_file(files);
    if (data.empty()) {
        found.refusal =
            "nothing names the classes: write data.yaml into the folder, with `train: images` (or wherever "
            "the "
            "pictures lie) and `names: [FIRST, SECOND]`";
        return found;
    }
    found.data = {{"use", "yolo"}};
    if (data != "data.yaml") {
        found.data.push_back({"data", yaml_word(data)});
    }
    found.data.push_back({"targets", "[boxes]"});
    const std::string text = "\n" + label_text(files, data);
    const bool has_both =
        text.find("\ntrain:") != std::string::npos && text.find("\nval:") != std::string::npos;
    found.data.push_back(has_both ? Setting{"split", "{train: train, val: val}"}
                                  : Setting{"split", "{val: 0.2, seed: 0}", "a fifth validates"});
    found.facts.push_back(data + " names the classes");
    found.heads = {{"things", "boxes", "boxes"}};
    found.shape_matters = true;
    return found;
}

}  // namespace graft::start
