// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "scan.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include "graft/error.hpp"

namespace graft::image_folder {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t named_at_most = 100;  ///< files a kind of problem; the others are counted

// torchvision's list (ImageFolder, IMG_EXTENSIONS).
constexpr std::array<std::string_view, 9> extensions{".jpg", ".jpeg", ".png",  ".ppm", ".bmp",
                                                     ".pgm", ".tif",  ".tiff", ".webp"};

bool is_hidden(const fs::path& path) {
    return path.filename().string().starts_with('.');
}

std::string lower_extension(const fs::path& path) {
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return extension;
}

[[noreturn]] void unreadable(const fs::path& folder, const std::string& why) {
    throw Error(ErrorKind::data, "cannot read the folder " + folder.string() + ": " + why);
}

std::vector<fs::path> entries(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> found;
    fs::directory_iterator iterator(folder, error);
    for (; !error && iterator != fs::directory_iterator(); iterator.increment(error)) {
        if (!is_hidden(iterator->path())) {
            found.push_back(iterator->path());
        }
    }
    if (error) {
        unreadable(folder, error.message());
    }
    std::sort(found.begin(), found.end());
    return found;
}

bool is_folder(const fs::path& path) {
    std::error_code error;
    return fs::is_directory(path, error);
}

/// What lies where a folder was looked for, for people who mistyped its name.
std::string nearby(const fs::path& folder) {
    fs::path above = fs::absolute(folder).lexically_normal();
    while (!is_folder(above) && above.has_relative_path()) {
        above = above.parent_path();
    }
    std::vector<std::string> names;
    for (const fs::path& entry : entries(above)) {
        names.push_back(entry.filename().string() + (is_folder(entry) ? "/" : ""));
    }
    return above.string() + " holds: " + joined(names);
}

/// Walks one class folder.
class ClassWalk {
public:
    ClassWalk(const fs::path& folder, std::int64_t class_index, Scan& scan,
              std::map<std::string, std::size_t>& others)
        : folder_(folder), class_index_(class_index), scan_(scan), others_(others) {}

    void walk(const fs::path& below, int depth = 0) {
        constexpr int deepest = 32;  // a link that leads back to a folder above it would never end
        if (depth > deepest) {
            unreadable(below, "more than 32 folders below each other; does a link lead back?");
        }
        std::vector<fs::path> folders;
        for (const fs::path& entry : entries(below)) {
            if (is_folder(entry)) {
                folders.push_back(entry);
            } else {
                add_file(entry);
            }
        }
        for (const fs::path& entry : folders) {
            walk(entry, depth + 1);
        }
    }

private:
    void add_file(const fs::path& path) {
        const std::string extension = lower_extension(path);
        std::error_code error;
        if (!fs::is_regular_file(path, error)) {
            scan_.problems.push_back({path.string(), "is no file, or a link to nothing"});
        } else if (std::find(extensions.begin(), extensions.end(), extension) != extensions.end()) {
            scan_.pictures.push_back({path.lexically_relative(folder_).generic_string(), class_index_});
        } else if (++others_[extension] <= named_at_most) {
            scan_.problems.push_back(
                {path.string(),
                 (extension.empty() ? std::string("has no extension") : "has the extension " + extension) +
                     ", which image folders do not read; left out",
                 false});
        }
    }

    const fs::path& folder_;
    std::int64_t class_index_;
    Scan& scan_;
    std::map<std::string, std::size_t>& others_;
};

}  // namespace

std::string joined(const std::vector<std::string>& names) {
    constexpr std::size_t most = 20;
    std::string text;
    for (std::size_t number = 0; number < std::min(names.size(), most); ++number) {
        text += (number == 0 ? "" : ", ") + names[number];
    }
    if (names.size() > most) {
        text += " and " + std::to_string(names.size() - most) + " more";
    }
    return text.empty() ? "(none)" : text;
}

std::vector<std::string> class_folders(const fs::path& folder) {
    if (!is_folder(folder)) {
        throw Error(ErrorKind::data, "there is no folder " + folder.string() +
                                         "; expected one with a folder a class.\n" + nearby(folder) +
                                         "\nCorrect `root` or the split's name.");
    }
    std::vector<std::string> names;
    for (const fs::path& entry : entries(folder)) {
        if (is_folder(entry)) {
            names.push_back(entry.filename().string());
        }
    }
    if (names.empty()) {
        throw Error(ErrorKind::data, "the folder " + folder.string() +
                                         " has no class folders; expected one with a folder a class.\n" +
                                         nearby(folder) + "\nCorrect `root` or the split's name.");
    }
    return names;
}

Scan scan_classes(const fs::path& folder, const std::vector<std::string>& classes) {
    Scan scan;
    std::map<std::string, std::size_t> others;
    for (std::size_t index = 0; index < classes.size(); ++index) {
        const fs::path below = folder / classes[index];
        const std::size_t before = scan.pictures.size();
        if (is_folder(below)) {
            ClassWalk(folder, static_cast<std::int64_t>(index), scan, others).walk(below);
        }
        if (scan.pictures.size() == before) {
            scan.problems.push_back(
                {below.string(), "holds no picture of the class '" + classes[index] + "'", false});
        }
    }
    for (const auto& [extension, count] : others) {
        if (count > named_at_most) {
            scan.problems.push_back({folder.string(),
                                     std::to_string(count - named_at_most) +
                                         " more files with the extension '" + extension + "' were left out",
                                     false});
        }
    }
    for (const fs::path& entry : entries(folder)) {
        if (!is_folder(entry) &&
            std::find(extensions.begin(), extensions.end(), lower_extension(entry)) != extensions.end()) {
            scan.problems.push_back(
                {entry.string(), "lies beside the class folders, so it has no class; left out", false});
        }
    }
    return scan;
}

}  // namespace graft::image_folder
