// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "start/split_paths.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace graft::start {
namespace {

constexpr const char* split_mark = "{split}";

// Longer words first: "train" is in "training".
constexpr std::array<const char*, 7> split_words = {"validation", "training", "testing", "train",
                                                    "valid",      "test",     "val"};

std::string replaced(std::string text, const std::string& word, const std::string& by) {
    for (std::size_t found = 0; (found = text.find(word, found)) != std::string::npos; found += by.size()) {
        text.replace(found, word.size(), by);
    }
    return text;
}

/// The longest of the words that begins there; empty: none does.
std::string word_there(const std::string& path, std::size_t place) {
    for (const std::string word : split_words) {
        if (path.compare(place, word.size(), word) == 0) {
            return word;
        }
    }
    return "";
}

/// The path with the mark wherever it has this word, and not only as the beginning of a longer one.
std::string marked(const std::string& path, const std::string& word) {
    std::string pattern;
    for (std::size_t place = 0; place < path.size();) {
        const std::string there = word_there(path, place);
        pattern += there == word ? split_mark : there.empty() ? path.substr(place, 1) : there;
        place += std::max<std::size_t>(there.size(), 1);
    }
    return pattern;
}

}  // namespace

SplitPaths split_paths(const std::vector<std::string>& paths) {
    std::map<std::string, std::map<std::string, std::string>> patterns;
    for (const std::string& path : paths) {
        for (const std::string word : split_words) {
            if (const std::string pattern = marked(path, word); pattern != path) {
                patterns[pattern].emplace(split_of(word), word);
            }
        }
    }
    SplitPaths best{paths.front(), {}};
    for (const auto& [pattern, found] : patterns) {
        if (found.count("train") > 0 && found.size() > 1 && found.size() > best.words.size()) {
            best = {pattern, found};
        }
    }
    return best;
}

std::set<std::string> splits_in(const std::string& path) {
    std::set<std::string> found;
    for (std::size_t place = 0; place < path.size(); ++place) {
        if (const std::string word = word_there(path, place); !word.empty()) {
            found.insert(split_of(word));
            place += word.size() - 1;
        }
    }
    return found;
}

int likeness(const std::string& folder, const std::string& file) {
    const std::set<std::string> splits = splits_in(file);
    const std::string beside = folder_of(file);
    int likeness = !beside.empty() && (folder + "/").starts_with(beside + "/") ? 1 : 0;
    for (const std::string& split : splits_in(folder)) {
        likeness += splits.count(split) > 0 ? 2 : -2;
    }
    return likeness;
}

std::string path_of(const SplitPaths& paths, const std::string& split) {
    const auto word = paths.words.find(split);
    return word == paths.words.end() ? paths.pattern : replaced(paths.pattern, split_mark, word->second);
}

Setting split_setting(const SplitPaths& paths) {
    if (paths.words.empty()) {
        return {"split", "{val: 0.2, seed: 0}", "a fifth validates"};
    }
    const bool has_val = paths.words.count("val") > 0;
    return {"split",
            fmt::format("{{train: {}, val: {}}}", paths.words.at("train"),
                        paths.words.at(has_val ? "val" : "test")),
            has_val ? "" : "there is no validation split, so the test split chooses the best epoch"};
}

}  // namespace graft::start
