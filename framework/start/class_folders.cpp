// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <map>
#include <set>

#include <fmt/format.h>

#include "start/finding.hpp"

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

/// root/SPLIT/CLASS/...
std::optional<Finding> find_by_split(const Files& files) {
    std::map<std::string, std::string> splits;  // "train" -> folder
    for (const std::string& folder : files.folders) {
        const std::string split = split_of(folder);
        if (!split.empty() && counts_below(files, folder).size() >= 2) {
            splits.emplace(split, folder);
        }
    }
    if (splits.count("train") == 0) {
        return std::nullopt;
    }
    Finding found;
    found.what = "a folder a class, in a folder a split";
    for (const auto& [split, folder] : splits) {
        found.facts.push_back(fmt::format("{}/: {}", folder, counts_text(counts_below(files, folder))));
    }
    for (const std::string& folder : files.folders) {
        if (!files.pictures_below(folder).empty() && splits.count(split_of(folder)) == 0) {
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

/// root/CLASS/...
std::optional<Finding> find_without_split(const Files& files) {
    const std::map<std::string, std::size_t> classes = counts_below(files, "");
    if (classes.size() < 2) {
        return std::nullopt;
    }
    for (const auto& [name, count] : classes) {
        if (!split_of(name).empty()) {
            return std::nullopt;
        }
    }
    Finding found;
    found.what = "a folder a class";
    found.facts = {counts_text(classes)};
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
