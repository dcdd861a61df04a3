// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "graft/dataset.hpp"

namespace graft::image_folder {

struct Picture {
    std::string relative;  ///< to the folder that holds the classes, with '/'
    std::int64_t class_index = 0;
};

/// What lies in a folder of class folders.
struct Scan {
    std::vector<Picture> pictures;  ///< by class, then by folder, then by file name
    std::vector<DataProblem> problems;
};

/// The sorted names of the class folders. Throws Error(data), saying what lies there instead, when the
/// folder is missing or holds none.
std::vector<std::string> class_folders(const std::filesystem::path& folder);

/// All pictures of the classes, those in folders below a class among them. Whatever is left out is named.
/// Throws Error(data) when a folder cannot be read.
Scan scan_classes(const std::filesystem::path& folder, const std::vector<std::string>& classes);

}  // namespace graft::image_folder
