// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "start/files.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "core/problem.hpp"

namespace graft::start {
namespace {

namespace fs = std::filesystem;

bool is_picture(const std::string& path) {
    static const std::set<std::string> extensions = {".jpg", ".jpeg", ".png", ".bmp", ".webp",
                                                     ".tif", ".tiff", ".ppm", ".pgm", ".pbm"};
    return extensions.count(extension_of(path)) > 0;
}

bool is_hidden(const std::string& name) {
    return name.starts_with(".") || name == "__MACOSX";
}

/// Keeps links from leading to what is read anyway, or round in circles.
class Links {
public:
    explicit Links(const fs::path& root) {
        std::error_code error;
        root_ = fs::canonical(root, error);
        entered_.insert(root_);
    }

    bool lead_to_more(const fs::directory_entry& folder) {
        std::error_code error;
        if (!folder.is_symlink(error)) {
            return true;
        }
        const fs::path target = fs::canonical(folder.path(), error);
        if (error) {
            return false;
        }
        const fs::path below = target.lexically_relative(root_);
        const bool holds_root = root_.lexically_relative(target).begin()->string() != "..";
        const bool is_read_anyway = std::none_of(
            below.begin(), below.end(), [](const fs::path& part) { return is_hidden(part.string()); });
        return !holds_root && !is_read_anyway && entered_.insert(target).second;
    }

private:
    fs::path root_;
    std::set<fs::path> entered_;  ///< by links
};

}  // namespace

std::vector<std::string> Files::pictures_below(const std::string& folder) const {
    std::vector<std::string> found;
    const std::string begin = folder.empty() ? "" : folder + "/";
    for (auto path = pictures.lower_bound(begin); path != pictures.end() && path->starts_with(begin);
         ++path) {
        found.push_back(*path);
    }
    return found;
}

Files files_below(const fs::path& root) {
    std::error_code error;
    if (!fs::is_directory(root, error)) {
        throw core::Failure(core::Category::data, fmt::format("there is no folder '{}'", root.string()));
    }
    Files files;
    files.root = root;
    fs::recursive_directory_iterator entries(
        root, fs::directory_options::follow_directory_symlink | fs::directory_options::skip_permission_denied,
        error);
    Links links(root);
    for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
        const std::string path = entries->path().lexically_relative(root).generic_string();
        const bool hidden = is_hidden(name_of(path));
        std::error_code ignored;
        if (entries->is_directory(ignored)) {
            if (hidden || !links.lead_to_more(*entries)) {
                entries.disable_recursion_pending();
            } else if (entries.depth() == 0) {
                files.folders.insert(path);
            }
        } else if (!hidden) {
            (is_picture(path) ? files.pictures : files.others).insert(path);
        }
    }
    if (error) {
        throw core::Failure(core::Category::data,
                            fmt::format("'{}' cannot be read: {}", root.string(), error.message()));
    }
    return files;
}

std::string name_of(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string without_byte_order_mark(const std::string& text) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

std::string without_extension(const std::string& path) {
    const std::size_t dot = path.rfind('.');
    return dot == std::string::npos || dot < path.rfind('/') + 1 ? path : path.substr(0, dot);
}

std::string extension_of(const std::string& path) {
    return in_small_letters(path.substr(without_extension(path).size()));
}

std::string in_small_letters(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return text;
}

}  // namespace graft::start
