// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "start/finding.hpp"

namespace graft::start {

/// Paths that are one but for the name of the split in them.
struct SplitPaths {
    std::string pattern;  ///< "annotations/instances_{split}2017.json", or one path alone
    std::map<std::string, std::string>
        words;  ///< "train" -> the word in the path: "training"; empty: one path
};

/// Of some paths those that a training split and most others are among, with "{split}" for the word; without
/// any the first path alone. There is at least one path.
SplitPaths split_paths(const std::vector<std::string>& paths);

/// The splits that words in the path name: {"train"} for "train2017".
std::set<std::string> splits_in(const std::string& path);

/// How well a folder of pictures goes with a file that names them, the more the better, where several folders
/// have pictures of these names: files are often numbered anew in each split.
int likeness(const std::string& folder, const std::string& file);

/// The path with the words for "{split}": of the split, or as it is without splits.
std::string path_of(const SplitPaths& paths, const std::string& split);

/// The key `split` for paths: the splits that are there, or else a fifth that validates.
Setting split_setting(const SplitPaths& paths);

}  // namespace graft::start
