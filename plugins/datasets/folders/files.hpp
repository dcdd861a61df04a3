// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What the data sets share that find files by a pattern.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace graft::folders {

/// Whether "{split}" stands in a pattern, for the split's name.
bool names_split(const std::string& pattern);

/// The pattern with the split's name in it.
std::string with_split(std::string pattern, const std::string& split);

/// The names for which the pattern is a file or folder below the root, sorted; none without "{split}".
std::vector<std::string> splits_on_disk(const std::filesystem::path& root, const std::string& pattern);

/// The splits that a data set opens: the one that is named, or where none is and the pattern tells them
/// apart, all of them. Throws Error(options) when one is named and the pattern of the option does not tell
/// it.
std::vector<std::string> splits_to_open(const std::filesystem::path& root, const std::string& option,
                                        const std::string& pattern, const std::string& split);

/// Whether the extension is one of a picture that graft reads.
bool is_picture(const std::filesystem::path& path);

/// The path as Linux writes it, of one by Windows' rules: with / for each backslash.
std::string with_slashes(std::string path);

/// "a, b, c", "(none)" when empty; long lists are cut.
std::string joined(const std::vector<std::string>& names);

/// "FOLDER holds: a.csv, train/, val/", for the nearest folder that exists.
std::string nearby(const std::filesystem::path& folder);

}  // namespace graft::folders
