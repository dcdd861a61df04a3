// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include <fmt/format.h>

#include "start/finding.hpp"
#include "start/mask_classes.hpp"
#include "start/split_paths.hpp"

namespace graft::start {
namespace {

/// Folder right below `folder` -> how many pictures are in or below it.
std::map<std::string, std::size_t> counts_below(const Files& files, const std::string& folder) {
    std::map<std::string, std::size_t> counts;
    const std::size_t begin = folder.empty() ? 0 : folder.size() + 1;
    for (const std::string& path : files.pictures_below(folder)) {
        const std::size_t slash = path.find('/', begin);
        if (slash != std::string::npos) {
            ++counts[path.substr(begin, slash - begin)];
        }
    }
    return counts;
}

std::string counts_text(const std::map<std::string, std::size_t>& counts) {
    std::vector<std::string> entries;
    entries.reserve(counts.size());
    for (const auto& [name, count] : counts) {
        entries.push_back(fmt::format("{} {}", name, count));
    }
    return some_of(entries);
}

void tell_loose_files(const Files& files, Finding& found) {
    for (const std::string& path : files.pictures) {
        if (path.find('/') == std::string::npos) {
            found.unused.push_back(path + ": lies beside the class folders");
        }
    }
}

/// "train" -> the folder of that name, or else of one with the word in it: training_set, seg_train.
std::map<std::string, std::string> splits_of_folders(const Files& files) {
    std::map<std::string, std::string> splits;
    for (const bool is_exact : {true, false}) {
        for (const std::string& folder : files.folders) {
            const std::set<std::string> words = splits_in(in_small_letters(folder));
            const std::string split = is_exact ? split_of(folder) : words.size() == 1 ? *words.begin() : "";
            if (!split.empty() && counts_below(files, folder).size() >= 2) {
                splits.emplace(split, folder);
            }
        }
    }
    return splits;
}

/// root/SPLIT/CLASS/...
std::optional<Finding> find_by_split(const Files& files) {
    const std::map<std::string, std::string> splits = splits_of_folders(files);
    if (splits.count("train") == 0) {
        return std::nullopt;
    }
    Finding found;
    found.what = "a folder a class, in a folder a split";
    for (const auto& [split, folder] : splits) {
        found.facts.push_back(fmt::format("{}/: {}", folder, counts_text(counts_below(files, folder))));
    }
    for (const std::string& folder : files.folders) {
        const bool is_used = std::any_of(splits.begin(), splits.end(),
                                         [&](const auto& split) { return split.second == folder; });
        if (!is_used && !files.pictures_below(folder).empty()) {
            found.unused.push_back(folder + "/: holds pictures, but is no split with class folders");
        }
    }
    found.data = {{"use", "image_folder"}};
    const std::string train = yaml_word(splits.at("train"));
    if (splits.count("val") > 0) {
        found.data.push_back(
            {"split", fmt::format("{{train: {}, val: {}}}", train, yaml_word(splits.at("val")))});
    } else if (splits.count("test") > 0) {
        found.data.push_back({"split",
                              fmt::format("{{train: {}, val: {}}}", train, yaml_word(splits.at("test"))),
                              "there is no validation split, so the test split chooses the best epoch"});
    } else {
        found.data.push_back(
            {"split", fmt::format("{{train: {}, val: \"\"}}", train), "there is no other split"});
    }
    return found;
}

/// Why folders are no classes, but pictures and their masks, which find_masks could not pair; else empty.
std::string masks_among(const std::map<std::string, std::size_t>& folders) {
    static const std::regex of_pictures(".*(image|photo|picture|img|jpg|jpeg).*", std::regex::icase);
    const auto masks = std::find_if(folders.begin(), folders.end(),
                                    [](const auto& folder) { return means_masks(folder.first); });
    const auto pictures = std::find_if(folders.begin(), folders.end(), [](const auto& folder) {
        return !means_masks(folder.first) && std::regex_match(folder.first, of_pictures);
    });
    if (masks == folders.end() || pictures == folders.end()) {
        return "";
    }
    return fmt::format(
        "'{}' and '{}' are no classes by their names, but pictures and their masks; most masks must have the "
        "name of a picture, and may have more behind it (1.jpg and 1.png, or 1_mask.png)",
        pictures->first, masks->first);
}

/// Whether names are those of splits, of training among them: training_set, test_set.
bool are_splits(const std::map<std::string, std::size_t>& folders) {
    bool has_train = false;
    for (const auto& [name, count] : folders) {
        const std::set<std::string> splits = splits_in(in_small_letters(name));
        if (splits.empty()) {
            return false;
        }
        has_train = has_train || splits.count("train") > 0;
    }
    return has_train;
}

/// root/CLASS/...
std::optional<Finding> find_without_split(const Files& files) {
    const std::map<std::string, std::size_t> classes = counts_below(files, "");
    if (classes.size() < 2) {
        return std::nullopt;
    }
    const bool has_split = std::any_of(classes.begin(), classes.end(),
                                       [](const auto& entry) { return !split_of(entry.first).empty(); });
    if (has_split || are_splits(classes)) {
        return std::nullopt;
    }
    Finding found;
    found.what = "a folder a class";
    found.facts = {counts_text(classes)};
    found.refusal = masks_among(classes);
    found.data = {
        {"use", "image_folder"},
        {"split", "{val: 0.2, seed: 0, stratify: label}", "a fifth validates, of every class its part"}};
    return found;
}

}  // namespace

std::optional<Finding> find_class_folders(const Files& files) {
    std::optional<Finding> found = find_by_split(files);
    if (!found) {
        found = find_without_split(files);
    }
    if (found) {
        found->heads = {{"label", "category", "label"}};
        tell_loose_files(files, *found);
    }
    return found;
}

}  // namespace graft::start
