// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "walk.hpp"

#include <algorithm>
#include <system_error>

#include "graft/error.hpp"

namespace graft::folders {
namespace {

namespace fs = std::filesystem;

bool is_left_behind(const fs::path& path) {
    const std::string name = path.filename().string();
    return name.starts_with('.') || name == "__MACOSX" || name == "Thumbs.db";
}

[[noreturn]] void unreadable(const fs::path& folder, const std::string& why) {
    throw Error(ErrorKind::data, "cannot read the folder " + folder.string() + ": " + why);
}

}  // namespace

bool is_folder(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (error == std::errc::permission_denied) {
        throw Error(ErrorKind::data, "cannot look at " + path.string() + ": " + error.message() +
                                         ".\nAsk for the right to read and enter the folder that holds it.");
    }
    return status.type() == fs::file_type::directory;
}

Walk::Walk(const fs::path& root) : root_(root) {
    std::error_code error;
    for (fs::path folder = fs::canonical(root, error); !error; folder = folder.parent_path()) {
        above_.push_back(folder);
        if (!folder.has_relative_path()) {
            break;
        }
    }
    if (error) {
        unreadable(root, error.message());
    }
}

std::vector<fs::path> Walk::entries(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> found;
    fs::directory_iterator iterator(folder, error);
    for (; !error && iterator != fs::directory_iterator(); iterator.increment(error)) {
        if (is_left_behind(iterator->path())) {
            left_behind_.insert(iterator->path());
        } else {
            found.push_back(iterator->path());
        }
    }
    if (error) {
        unreadable(folder, error.message());
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// Whether the folder is to be read; else it is told why not.
bool Walk::enter(const fs::path& folder, Read& read) {
    std::error_code error;
    const fs::path itself = fs::canonical(folder, error);
    if (error) {
        unreadable(folder, error.message());
    }
    const auto holds = std::find_if(above_.begin(), above_.end(), [&](const fs::path& above) {
        std::error_code ignored;
        return fs::equivalent(folder, above, ignored);  // by device and inode
    });
    if (holds != above_.end()) {
        links_[folder] = "leads back to " + holds->string() + ", which holds it; not followed";
        return false;
    }
    const auto [first, is_new] = read.emplace(itself, folder);
    if (!is_new) {
        links_[folder] = "leads to " + first->second.string() + ", which was read already; not followed";
    }
    return is_new;
}

void Walk::collect(const fs::path& folder, Read& read, std::vector<fs::path>& files) {
    if (!enter(folder, read)) {
        return;
    }
    std::vector<fs::path> below;
    for (const fs::path& entry : entries(folder)) {
        (is_folder(entry) ? below : files).push_back(entry);
    }
    // Folders themselves before links to them, so that names do not depend on links.
    std::stable_partition(below.begin(), below.end(), [](const fs::path& path) {
        std::error_code error;
        return !fs::is_symlink(path, error);
    });
    for (const fs::path& entry : below) {
        collect(entry, read, files);
    }
}

std::vector<fs::path> Walk::folders() {
    std::vector<fs::path> found;
    for (const fs::path& entry : entries(root_)) {
        Read read;
        if (is_folder(entry) && enter(entry, read)) {
            found.push_back(entry);
        }
    }
    return found;
}

std::vector<fs::path> Walk::loose_files() {
    std::vector<fs::path> found = entries(root_);
    std::erase_if(found, is_folder);
    return found;
}

std::vector<fs::path> Walk::files(const fs::path& folder) {
    Read read;
    std::vector<fs::path> found;
    if (folder == root_) {  // it holds itself, and is wanted
        for (const fs::path& entry : loose_files()) {
            found.push_back(entry);
        }
        for (const fs::path& entry : folders()) {
            collect(entry, read, found);
        }
        return found;
    }
    collect(folder, read, found);
    return found;
}

std::vector<DataProblem> Walk::problems() const {
    constexpr std::size_t named_at_most = 3;
    std::vector<DataProblem> problems;
    for (const auto& [link, why] : links_) {
        problems.push_back({link.string(), why, false});
    }
    if (left_behind_.empty()) {
        return problems;
    }
    std::string names;
    std::size_t number = 0;
    for (const fs::path& path : left_behind_) {
        if (number++ < named_at_most) {
            names += (names.empty() ? "" : ", ") + path.lexically_relative(root_).string();
        }
    }
    if (number > named_at_most) {
        names += " and " + std::to_string(number - named_at_most) + " more";
    }
    problems.push_back(
        {root_.string(), "holds what systems and tools leave behind, which is no data: " + names, false});
    return problems;
}

}  // namespace graft::folders
