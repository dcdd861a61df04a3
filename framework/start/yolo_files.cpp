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

/// Whether a YAML text has the key at its top, and something for it, there or below.
bool has_key(const std::string& yaml, const std::string& key) {
    std::istringstream lines(yaml);
    bool is_open = false;  // the key was there, with nothing behind it
    for (std::string line; std::getline(lines, line);) {
        line = line.substr(0, line.find('#'));
        line.erase(line.find_last_not_of(" \t\r") + 1);
        if (is_open && !line.empty()) {
            return line.front() == ' ' || line.front() == '-';
        }
        const std::size_t colon = line.find(':');
        std::string name = line.substr(0, std::min(colon, line.size()));
        std::erase_if(name, [](char letter) { return letter == '"' || letter == '\'' || letter == ' '; });
        if (name == key && colon != std::string::npos && !line.starts_with(' ')) {
            if (colon + 1 < line.size()) {
                return true;
            }
            is_open = true;
        }
    }
    return false;
}

/// Whether a text is lines of a class and four or more parts of the picture's sides.
bool is_yolo(const std::string& text, std::map<std::string, std::size_t>& classes) {
    bool any = false;
    std::istringstream lines(without_byte_order_mark(text));
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
            has_key(without_byte_order_mark(label_text(files, path)), "names")) {
            return path;
        }
    }
    return "";
}

/// By the folders that a data.yaml names.
Setting split_of_data(const std::string& yaml) {
    const bool has_val = has_key(yaml, "val") || has_key(yaml, "validation") || has_key(yaml, "valid");
    if (has_key(yaml, "train") && has_val) {
        return {"split", "{train: train, val: val}"};
    }
    if (has_key(yaml, "train") && has_key(yaml, "test")) {
        return {"split", "{train: train, val: test}",
                "there is no validation split, so the test split chooses the best epoch"};
    }
    return {"split", "{val: 0.2, seed: 0}", "a fifth validates"};
}

}  // namespace

std::optional<Finding> find_yolo(const Files& files) {
    std::map<std::string, std::size_t> classes;
    std::size_t labelled = 0;
    std::size_t empty = 0;
    for (const std::string& picture : files.pictures) {
        const std::string label = yolo_label_of(files, picture);
        const std::string text = label.empty() ? "" : label_text(files, label);
        labelled += is_yolo(text, classes) ? 1 : 0;
        empty += !label.empty() && text.find_first_not_of(" \t\r\n") == std::string::npos ? 1 : 0;
    }
    const std::string data = yolo_data_file(files);
    // Most pictures may show nothing, where a file says what all this is.
    if (labelled == 0 || (data.empty() && (labelled + empty) * 2 < files.pictures.size())) {
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
    found.facts = {fmt::format("{} of {} pictures have one: {} boxes of {} classes: {}{}", labelled,
                               files.pictures.size(), boxes, classes.size(), some_of(entries),
                               empty > 0 ? fmt::format("; {} more have one without boxes", empty) : "")};
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
    found.data.push_back(split_of_data(without_byte_order_mark(label_text(files, data))));
    found.facts.push_back(data + " names the classes");
    found.heads = {{"things", "boxes", "boxes"}};
    found.shape_matters = true;
    return found;
}

}  // namespace graft::start
