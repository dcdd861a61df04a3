// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What lies below a folder, for the data sets that look for pictures there.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "graft/dataset.hpp"

namespace graft::folders {

/// Whether it is there and a folder, or a link to one. Throws Error(data) where that cannot be found out (no
/// permission for a folder above it).
bool is_folder(const std::filesystem::path& path);

/// Looks through a folder and those below it. What systems and tools leave behind is passed over: hidden
/// files and folders, __MACOSX, Thumbs.db. A link is followed, unless it leads to a folder that holds it or
/// that was read already. Everything passed over is told by `problems`.
class Walk {
public:
    /// Throws Error(data) when the folder cannot be read.
    explicit Walk(const std::filesystem::path& root);

    /// Folders right below the root, sorted.
    std::vector<std::filesystem::path> folders();

    /// All that is no folder below `folder` (the root, or one below it): what lies in it, sorted, then what
    /// lies in its folders, one after the other. Throws Error(data) when one of them cannot be read.
    std::vector<std::filesystem::path> files(const std::filesystem::path& folder);

    /// What lies right in the root and is no folder, sorted.
    std::vector<std::filesystem::path> loose_files();

    /// What was passed over so far; none of it counts as a record.
    std::vector<DataProblem> problems() const;

private:
    using Read = std::map<std::filesystem::path, std::filesystem::path>;  ///< by what they are without links

    std::vector<std::filesystem::path> entries(const std::filesystem::path& folder);
    bool enter(const std::filesystem::path& folder, Read& read);
    void collect(const std::filesystem::path& folder, Read& read, std::vector<std::filesystem::path>& files);

    std::filesystem::path root_;
    std::vector<std::filesystem::path> above_;  ///< the root and the folders that hold it
    std::set<std::filesystem::path> left_behind_;
    std::map<std::filesystem::path, std::string> links_;  ///< those not followed, and why
};

}  // namespace graft::folders
