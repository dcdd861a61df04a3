// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Annotations that no data set plugin reads yet: they are recognised, so that it can be said.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "start/finding.hpp"
#include "start/table.hpp"

namespace graft::start {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t longest_file = std::uint64_t(256) << 20;

/// The file's text; empty where it cannot be read or is too long.
std::string text_of(const Files& files, const std::string& path) {
    try {
        return core::read_file(files.root / path, longest_file);
    } catch (const core::Failure&) {
        return "";
    }
}

std::size_t with_key(const Json& entries, const char* key) {
    return static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), [&](const Json& entry) {
        return entry.is_object() && entry.contains(key) && !entry[key].empty();
    }));
}

std::string coco_fact(const std::string& path, const Json& content) {
    std::vector<std::string> classes;
    for (const Json& category : content["categories"]) {
        if (category.is_object() && category.contains("name") && category["name"].is_string()) {
            classes.push_back(category["name"]);
        }
    }
    return fmt::format("{}: {} pictures, {} boxes, {} outlines, {} sets of points; {} classes: {}", path,
                       content["images"].size(), with_key(content["annotations"], "bbox"),
                       with_key(content["annotations"], "segmentation"),
                       with_key(content["annotations"], "keypoints"), classes.size(), some_of(classes));
}

/// Whether a text is lines of a class and four parts of the picture's sides.
bool is_yolo(const std::string& text, std::map<std::string, std::size_t>& classes) {
    std::vector<std::string> cells;
    std::string cell;
    bool any = false;
    for (const char letter : text + "\n") {
        if (letter != '\n' && letter != ' ' && letter != '\r' && letter != '\t') {
            cell += letter;
            continue;
        }
        if (!cell.empty()) {
            cells.push_back(std::move(cell));
            cell.clear();
        }
        if (letter != '\n' || cells.empty()) {
            continue;
        }
        if (cells.size() < 5 || !std::all_of(cells.begin(), cells.end(), is_number)) {
            return false;
        }
        ++classes[cells.front()];
        any = true;
        cells.clear();
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

/// Names of folders that hold masks.
bool means_masks(const std::string& folder) {
    static constexpr std::array<const char*, 6> words = {"mask",         "label",  "annotation",
                                                         "segmentation", "trimap", "ground_truth"};
    const std::string name = in_small_letters(folder);
    return std::any_of(words.begin(), words.end(),
                       [&](const char* word) { return name.find(word) != std::string::npos; });
}

std::set<std::string> stems_below(const Files& files, const std::string& folder, bool only_png) {
    std::set<std::string> stems;
    for (const std::string& path : files.pictures_below(folder)) {
        if (!only_png || extension_of(path) == ".png") {
            stems.insert(without_extension(path).substr(folder.size() + 1));
        }
    }
    return stems;
}

}  // namespace

std::optional<Finding> find_coco(const Files& files) {
    Finding found;
    found.what = "annotations in COCO's format";
    found.refusal = "graft has no data set plugin for COCO's format yet";
    for (const std::string& path : files.others) {
        if (extension_of(path) != ".json") {
            continue;
        }
        const Json content = Json::parse(text_of(files, path), nullptr, false);
        const bool is_coco = content.is_object() && content.contains("images") &&
                             content["images"].is_array() && content.contains("annotations") &&
                             content["annotations"].is_array() && content.contains("categories") &&
                             content["categories"].is_array();
        if (is_coco) {
            found.facts.push_back(coco_fact(path, content));
        }
    }
    return found.facts.empty() ? std::nullopt : std::optional(found);
}

std::optional<Finding> find_yolo(const Files& files) {
    std::map<std::string, std::size_t> classes;
    std::size_t labelled = 0;
    for (const std::string& picture : files.pictures) {
        const std::string label = yolo_label_of(files, picture);
        labelled += !label.empty() && is_yolo(text_of(files, label), classes) ? 1 : 0;
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
    found.refusal = "graft has no data set plugin for YOLO's format yet";
    return found;
}

std::optional<Finding> find_masks(const Files& files) {
    for (const std::string& masks : files.folders) {
        if (!means_masks(masks)) {
            continue;
        }
        const std::set<std::string> mask_stems = stems_below(files, masks, true);
        for (const std::string& pictures : files.folders) {
            const std::set<std::string> stems = stems_below(files, pictures, false);
            const auto both = std::count_if(stems.begin(), stems.end(), [&](const std::string& stem) {
                return mask_stems.count(stem) > 0;
            });
            if (pictures == masks || both == 0 || static_cast<std::size_t>(both) * 2 < stems.size()) {
                continue;
            }
            Finding found;
            found.what = "a mask beside each picture";
            found.facts = {fmt::format("{} of {} pictures in {}/ have one of the same name in {}/", both,
                                       stems.size(), pictures, masks)};
            found.refusal = "graft has no data set plugin for folders of masks yet";
            return found;
        }
    }
    return std::nullopt;
}

}  // namespace graft::start
