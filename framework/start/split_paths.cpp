// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "start/split_paths.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace graft::start {
namespace {

constexpr const char* split_mark = "{split}";

std::string replaced(std::string text, const std::string& word, const std::string& by) {
    for (std::size_t found = 0; (found = text.find(word, found)) != std::string::npos; found += by.size()) {
        text.replace(found, word.size(), by);
    }
    return text;
}

}  // namespace

SplitPaths split_paths(const std::vector<std::string>& paths) {
    // Longer words first: "train" is in "training".
    static constexpr std::array<const char*, 7> words = {"validation", "training", "testing", "train",
                                                         "valid",      "test",     "val"};
    std::map<std::string, std::map<std::string, std::string>> patterns;
    for (const std::string& path : paths) {
        for (const std::string word : words) {
            if (path.find(word) != std::string::npos) {
                patterns[replaced(path, word, split_mark)].emplace(split_of(word), word);
                break;
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
