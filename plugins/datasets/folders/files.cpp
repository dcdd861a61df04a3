// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "files.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <system_error>

#include "graft/error.hpp"

namespace graft::folders {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view placeholder = "{split}";

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
        names.push_back(entry->path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

bool is_there(const fs::path& path) {
    std::error_code error;
    return fs::exists(path, error);
}

}  // namespace

bool names_split(const std::string& pattern) {
    return pattern.find(placeholder) != std::string::npos;
}

std::string with_split(std::string pattern, const std::string& split) {
    for (std::size_t offset = 0; (offset = pattern.find(placeholder, offset)) != std::string::npos;
         offset += split.size()) {
        pattern.replace(offset, placeholder.size(), split);
    }
    return pattern;
}

std::vector<std::string> splits_on_disk(const fs::path& root, const std::string& pattern) {
    fs::path above = root;
    for (const fs::path& part : fs::path(pattern)) {
        const std::string text = part.string();
        const std::size_t offset = text.find(placeholder);
        if (offset == std::string::npos) {
            above /= part;
            continue;
        }
        const std::string before = text.substr(0, offset);
        const std::string after = text.substr(offset + placeholder.size());
        std::vector<std::string> splits;
        for (const std::string& name : names_in(above)) {
            if (name.size() > before.size() + after.size() && name.front() != '.' &&
                name.starts_with(before) && name.ends_with(after)) {
                const std::string split = name.substr(offset, name.size() - before.size() - after.size());
                if (is_there(root / with_split(pattern, split))) {
                    splits.push_back(split);
                }
            }
        }
        return splits;
    }
    return {};
}

std::vector<std::string> splits_to_open(const fs::path& root, const std::string& option,
                                        const std::string& pattern, const std::string& split) {
    if (!split.empty() && !names_split(pattern)) {
        throw Error(ErrorKind::options, "`" + option + "` is '" + pattern +
                                            "' for every split, so the split '" + split +
                                            "' cannot be found; write \"{split}\" where its path has the "
                                            "split's name, or divide one whole: split: {val: 0.2}");
    }
    if (!split.empty() || !names_split(pattern)) {
        return {split};
    }
    const std::vector<std::string> found = splits_on_disk(root, pattern);
    if (found.empty()) {
        throw Error(ErrorKind::data, "nothing below " + root.string() + " is '" + pattern +
                                         "' for any split.\n" + nearby(root) + "\nCorrect `root` or `" +
                                         option + "`.");
    }
    return found;
}

bool is_picture(const fs::path& path) {
    // torchvision's list (ImageFolder, IMG_EXTENSIONS).
    static constexpr std::array<std::string_view, 9> extensions{".jpg", ".jpeg", ".png",  ".ppm", ".bmp",
                                                                ".pgm", ".tif",  ".tiff", ".webp"};
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

std::string with_slashes(std::string path) {
    std::replace(path.begin(), path.end(), '\\', '/');
    return path;
}

std::string joined(const std::vector<std::string>& names) {
    constexpr std::size_t most = 20;
    std::string text;
    for (std::size_t index = 0; index < std::min(names.size(), most); ++index) {
        text += (index == 0 ? "" : ", ") + names[index];
    }
    if (names.size() > most) {
        text += " and " + std::to_string(names.size() - most) + " more";
    }
    return text.empty() ? "(none)" : text;
}

std::string nearby(const fs::path& folder) {
    std::error_code error;
    fs::path above = fs::absolute(folder).lexically_normal();
    while (!fs::is_directory(above, error) && above.has_relative_path()) {
        above = above.parent_path();
    }
    std::vector<std::string> names = names_in(above);
    for (std::string& name : names) {
        name += fs::is_directory(above / name, error) ? "/" : "";
    }
    return above.string() + " holds: " + joined(names);
}

}  // namespace graft::folders
