// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "graft/dataset.hpp"

namespace graft::mask_folder {

/// Where pictures and their masks lie.
struct Places {
    std::filesystem::path root;
    std::string images;  ///< folders below the root
    std::string masks;
    std::string suffix;  ///< what a mask's name has behind the picture's: "_mask"
};

struct Pair {
    std::string id;  ///< the picture's path below the root
    std::filesystem::path picture;
    std::filesystem::path mask;
};

struct Pairs {
    std::vector<Pair> pairs;  ///< by folder, then by file name
    std::vector<DataProblem> problems;
};

/// Every picture whose mask is there: a PNG of the same path below its own folder, apart from the extension
/// and the suffix. What has no partner, or is no picture, is named. Throws Error(data), saying what lies
/// there instead, when a folder is missing or cannot be read.
Pairs find_pairs(const Places& places);

}  // namespace graft::mask_folder
