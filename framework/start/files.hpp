// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace graft::start {

/// What lies below a folder, by paths relative to it with `/` between names; hidden files and folders apart.
struct Files {
    std::filesystem::path root;
    std::set<std::string> pictures;  ///< by their extension
    std::set<std::string> others;
    std::set<std::string> folders;  ///< right below the root

    /// The pictures in or below one of the folders; "" is the root.
    std::vector<std::string> pictures_below(const std::string& folder) const;
};

/// Throws Failure(data) when there is no such folder, or it cannot be read.
Files files_below(const std::filesystem::path& root);

/// "a/b.tar.gz" -> ".gz" in small letters; "a/b.tar"; "a"; "b.tar.gz".
std::string extension_of(const std::string& path);
std::string without_extension(const std::string& path);
std::string folder_of(const std::string& path);
std::string name_of(const std::string& path);

std::string in_small_letters(std::string text);

/// A text without the mark that some programs put before UTF-8.
std::string without_byte_order_mark(const std::string& text);

}  // namespace graft::start
