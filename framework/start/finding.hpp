// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a folder of data is, found out by names of files and by what texts in it say. No picture is read, but
// the numbers of masks are.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "start/files.hpp"

namespace graft::start {

/// A key of the pipeline to be.
struct Setting {
    std::string key;
    std::string value;         ///< YAML
    std::string comment = {};  ///< behind it
};

/// A head of the pipeline to be.
struct HeadDraft {
    std::string name;
    std::string kind;    ///< of the target: "category", "labels", "scalar", "points", "mask", "boxes"
    std::string target;  ///< of the data set
};

/// What was recognised.
struct Finding {
    std::string what;                 ///< "a folder a class"
    std::vector<std::string> facts;   ///< counts and classes, as far as texts and names tell
    std::vector<std::string> unused;  ///< what plays no part, each with the reason
    std::string refusal;              ///< why no pipeline can be written; empty: one can
    std::string below;                ///< the folder in it that all this is about; "" for itself
    std::vector<Setting> data;        ///< keys of `data`, beside `root`
    std::vector<HeadDraft> heads;
    bool shape_matters = false;  ///< faces, or places in pictures: the whole picture, and no crop of it
};

/// Looks at a folder; of several things that it could be, the one that more files speak for. Where it is
/// nothing, but all pictures lie in one folder of it, as archives often have it, at that folder. Throws
/// Failure(data) when there is no such folder.
Finding look_at(const std::filesystem::path& folder);

// Each of these looks for one thing; nothing: the folder is no such thing.
std::optional<Finding> find_coco(const Files& files);
std::optional<Finding> find_yolo(const Files& files);
std::optional<Finding> find_masks(const Files& files);
std::optional<Finding> find_table(const Files& files);
std::optional<Finding> find_class_folders(const Files& files);

/// A text as YAML, in quotes where it needs them.
std::string yaml_word(const std::string& text);
std::string yaml_list(const std::vector<std::string>& texts);

/// "train" for train, training; "val" for val, valid, validation, dev; "test" for test, testing, in any case;
/// empty for any other word.
std::string split_of(const std::string& word);

/// "a, b, c and 4 more".
std::string some_of(const std::vector<std::string>& names, std::size_t most = 10);

}  // namespace graft::start
