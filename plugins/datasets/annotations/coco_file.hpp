// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "annotated.hpp"

namespace graft::annotations {

struct CocoCategory {
    std::int64_t id = 0;
    std::string name;
    std::vector<std::string> points;  ///< names of its key points
};

/// What is read of each annotation.
struct Wanted {
    bool outlines = false;
    bool points = false;
};

struct CocoImage {
    std::string place;  ///< "instances.json: images[3]"
    std::int64_t id = 0;
    std::string file;
    std::int64_t width = 0;  ///< 0, and so is the height: it does not tell
    std::int64_t height = 0;
};

struct CocoAnnotation {
    std::string place;  ///< "instances.json: annotations[17] (id 423)"
    std::int64_t image = 0;
    std::int64_t category = 0;
    Instance thing;       ///< its class is not set
    std::string problem;  ///< why it cannot be used; empty: it can
};

/// A file of annotations in COCO's format, for objects and key points.
struct CocoFile {
    std::vector<CocoCategory> categories;  ///< by their ids
    std::vector<CocoImage> images;
    std::vector<CocoAnnotation> annotations;
    std::vector<DataProblem> problems;  ///< of entries that belong to no picture, and of categories
};

/// Reads the file piece by piece: of each annotation what is wanted stays. What is wrong with one entry is
/// told there. Throws Error(data) with the line for a file that is no JSON, lacks one of the three lists, or
/// has categories that contradict each other.
CocoFile read_coco(const std::filesystem::path& path, const Wanted& wanted);

/// The same without images and annotations.
std::vector<CocoCategory> read_categories(const std::filesystem::path& path);

}  // namespace graft::annotations
