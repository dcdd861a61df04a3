// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace graft::annotations {

/// What data.yaml says of a data set.
struct YoloData {
    std::filesystem::path file;
    std::vector<std::string> names;  ///< of the classes, by index
    std::map<std::string, std::vector<std::filesystem::path>>
        splits;                      ///< folders, or lists of pictures (.txt)
    std::int64_t points = 0;         ///< of a thing; 0: there are none
    std::int64_t point_numbers = 3;  ///< of a point: x, y, or x, y and whether it is seen
    std::vector<std::pair<std::int64_t, std::int64_t>> mirrored;
};

/// Reads the keys path, train, val, test, names, nc, kpt_shape and flip_idx; others are for training
/// programs. Throws Error(data), with the line where there is one, for a file that is missing, no YAML, or
/// contradicts itself. Folders are looked for below `path` and beside the file; none is opened.
YoloData read_yolo_data(const std::filesystem::path& file);

}  // namespace graft::annotations
