// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "install/source.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "install/archive.hpp"
#include "weights/sha256.hpp"

namespace graft::install {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;

constexpr const char* project_file = "CMakeLists.txt";
constexpr std::uint64_t largest_source = 256U << 20U;
constexpr std::size_t most_files = 20000;

std::string shown(const fs::path& path) {
    return core::name_to_text(path.string());
}

/// Whether a folder of a project is none of its source: what a build, a run or a version control made.
bool is_made(const fs::path& folder) {
    std::error_code error;
    return folder.filename().string().starts_with(".") || fs::exists(folder / "CMakeCache.txt", error) ||
           fs::exists(folder / "run.json", error);
}

/// Whether a link, as it stands, leads to something in the folder.
bool stays_inside(const fs::path& link, const fs::path& root) {
    std::error_code error;
    const fs::path target = fs::read_symlink(link, error);
    const fs::path end = (link.parent_path() / target).lexically_normal().lexically_relative(root);
    return !error && target.is_relative() && !end.empty() && *end.begin() != "..";
}

/// The files of a project and the links in it, relative to it and sorted.
std::vector<fs::path> files_of(const fs::path& root) {
    std::vector<fs::path> files;
    std::uint64_t bytes = 0;
    std::error_code error;
    fs::recursive_directory_iterator entries(root, error);
    for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
        const fs::path& path = entries->path();
        std::error_code ignored;
        const fs::file_status status = entries->symlink_status(ignored);
        if (fs::is_directory(status)) {
            if (is_made(path)) {
                entries.disable_recursion_pending();
            }
            continue;
        }
        if (fs::is_symlink(status) && !stays_inside(path, root)) {
            throw Failure(Category::data,
                          fmt::format("'{}' is a link that leads out of the folder", shown(path)),
                          "put a copy of what it means in its place");
        }
        if (!fs::is_symlink(status) && !fs::is_regular_file(status)) {
            throw Failure(Category::data, fmt::format("'{}' is neither a file nor a folder", shown(path)));
        }
        bytes += fs::is_symlink(status) ? 0 : static_cast<std::uint64_t>(entries->file_size(ignored));
        files.push_back(path.lexically_relative(root));
        if (bytes > largest_source || files.size() > most_files) {
            throw Failure(
                Category::data,
                fmt::format("'{}' holds more than {} MiB or {} files", shown(root), largest_source >> 20U,
                            most_files),
                "a plugin's source is smaller: name its own folder, and take out what is no source");
        }
    }
    if (error) {
        throw Failure(Category::data, fmt::format("'{}' cannot be read: {}", shown(root), error.message()));
    }
    std::sort(files.begin(), files.end());
    return files;
}

void copy_folder(const fs::path& from, const fs::path& into) {
    for (const fs::path& file : files_of(from)) {
        core::make_folder((into / file).parent_path());
        std::error_code error;
        if (fs::is_symlink(fs::symlink_status(from / file))) {
            fs::copy_symlink(from / file, into / file, error);
        } else {
            fs::copy_file(from / file, into / file, error);
        }
        if (error) {
            throw Failure(Category::system,
                          fmt::format("'{}' cannot be copied to '{}': {}", shown(from / file),
                                      shown(into / file), error.message()));
        }
    }
}

/// Archives of a project mostly have one folder, which holds it.
fs::path project_in(const fs::path& folder, const PluginSource& source) {
    std::vector<fs::path> entries;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        entries.push_back(entry.path());
    }
    const fs::path inside = entries.size() == 1 ? entries.front() : folder;
    for (const fs::path& place : {folder, inside}) {
        if (fs::is_regular_file(place / project_file)) {
            return place;
        }
    }
    throw Failure(Category::data,
                  fmt::format("there is no {} at the top of '{}'", project_file, shown(source.path)),
                  "an archive of a plugin holds its project, or one folder that does");
}

}  // namespace

PluginSource find_source(const std::string& path) {
    std::error_code error;
    const fs::path whole = fs::weakly_canonical(fs::absolute(path, error), error);
    if (fs::is_directory(whole, error)) {
        if (!fs::is_regular_file(whole / project_file, error)) {
            throw Failure(Category::data, fmt::format("there is no {} in '{}'", project_file, shown(path)),
                          "a plugin's project has one: `graft new head NAME` writes a project that works");
        }
        return {whole, false};
    }
    if (!fs::is_regular_file(whole, error)) {
        throw Failure(Category::data, fmt::format("there is no folder or archive '{}'", shown(path)));
    }
    return {whole, true};
}

std::string name_of(const PluginSource& source) {
    std::string name = source.path.filename().string();
    if (source.is_archive) {
        static constexpr std::array endings = {".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst",
                                               ".tgz",    ".tar",    ".zip"};
        for (const std::string ending : endings) {
            if (name.ends_with(ending)) {
                name.resize(name.size() - ending.size());
                break;
            }
        }
    }
    return name;
}

std::string hash_of(const PluginSource& source) {
    if (source.is_archive) {
        return weights::sha256_of_file(source.path);
    }
    std::string list;
    for (const fs::path& file : files_of(source.path)) {
        const fs::path whole = source.path / file;
        list += file.generic_string();
        list += '\0';
        list += fs::is_symlink(fs::symlink_status(whole)) ? "-> " + fs::read_symlink(whole).string()
                                                          : weights::sha256_of_file(whole);
        list += '\n';
    }
    return weights::sha256(std::as_bytes(std::span(list)));
}

void unpack(const PluginSource& source, const fs::path& into) {
    if (!source.is_archive) {
        copy_folder(source.path, into);
        return;
    }
    const fs::path whole = into.parent_path() / "archive";
    extract(source.path, whole);
    std::error_code error;
    fs::rename(project_in(whole, source), into, error);
    if (error) {
        throw Failure(Category::system, fmt::format("'{}' cannot be made: {}", shown(into), error.message()));
    }
    fs::remove_all(whole, error);
}

}  // namespace graft::install
