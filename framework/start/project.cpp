// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "start/project.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/files.hpp"

namespace graft::start {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;

// What the templates call their component, which makes them code that compiles as it stands.
constexpr std::string_view template_name = "my_plugin";
constexpr std::string_view template_class = "MyPlugin";

constexpr std::size_t longest_name = 64;

/// Targets that CMake makes itself, and what YAML reads as no text.
const std::vector<std::string>& taken_words() {
    static const std::vector<std::string> words = {"all",
                                                   "clean",
                                                   "depend",
                                                   "edit_cache",
                                                   "rebuild_cache",
                                                   "help",
                                                   "install",
                                                   "package",
                                                   "package_source",
                                                   "test",
                                                   "graft",
                                                   "true",
                                                   "false",
                                                   "yes",
                                                   "no",
                                                   "on",
                                                   "off",
                                                   "null",
                                                   "y",
                                                   "n"};
    return words;
}

bool has_allowed_letters(const std::string& name) {
    return !name.empty() && name.size() <= longest_name && name.front() >= 'a' && name.front() <= 'z' &&
           std::all_of(name.begin(), name.end(), [](char letter) {
               return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_';
           });
}

struct Replacement {
    std::string_view from;
    std::string to;
};

/// One pass: what was put in is not looked at again.
std::string replaced(const std::string& text, const std::vector<Replacement>& replacements) {
    std::string result;
    for (std::size_t index = 0; index < text.size();) {
        const auto found = std::find_if(
            replacements.begin(), replacements.end(),
            [&](const Replacement& one) { return text.compare(index, one.from.size(), one.from) == 0; });
        if (found == replacements.end()) {
            result += text[index++];
        } else {
            result += found->to;
            index += found->from.size();
        }
    }
    return result;
}

/// `half` may lie in the folder.
void require_free(const fs::path& folder, const fs::path& half) {
    std::error_code error;
    const fs::file_status status = fs::status(folder, error);
    if (!fs::exists(status)) {
        if (fs::is_symlink(fs::symlink_status(folder, error))) {
            throw Failure(Category::pipeline,
                          fmt::format("'{}' is a link to something that is not there", folder.string()),
                          "name a new folder with --dir");
        }
        return;
    }
    if (!fs::is_directory(status)) {
        throw Failure(Category::pipeline, fmt::format("'{}' is a file", folder.string()),
                      "name a new folder with --dir");
    }
    fs::directory_iterator entries(folder, error);
    if (std::any_of(begin(entries), end(entries),
                    [&](const fs::directory_entry& entry) { return entry.path() != half; })) {
        throw Failure(Category::pipeline, fmt::format("the folder '{}' is not empty", folder.string()),
                      "name a new one with --dir; nothing was written");
    }
}

/// The lock of a folder, which is made; nothing: another has it, or has just taken it away.
std::optional<core::FolderLock> lock_of(const fs::path& folder) {
    core::make_folder(folder);
    try {
        return core::FolderLock::take(folder);
    } catch (const Failure&) {
        if (fs::exists(folder)) {
            throw;
        }
        return std::nullopt;
    }
}

/// Makes the folder that a project is written in before it gets its place, for this process alone, and
/// empties it of what a killed one left.
core::FolderLock claimed(const fs::path& half, const fs::path& folder) {
    std::optional<core::FolderLock> lock = lock_of(half);
    if (!lock || !fs::exists(half)) {
        throw Failure(Category::pipeline,
                      fmt::format("another graft is writing into '{}' right now", folder.string()),
                      "name another folder with --dir");
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(half)) {
        fs::remove_all(entry.path());
    }
    return std::move(*lock);
}

/// Puts what is in `half` at the place of `folder`. One that is there stays what it is, the folder of a shell
/// or the end of a link, and gets what is in the other.
void put_in_place(const fs::path& half, const fs::path& folder) {
    if (!fs::exists(folder)) {
        fs::rename(half, folder);
        return;
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(half)) {
        fs::rename(entry.path(), folder / entry.path().filename());
    }
    fs::remove(half);
}

/// Copies the files of one folder of templates; adds what it wrote to `written`.
void copy_files(const fs::path& from, const fs::path& into, const std::vector<Replacement>& names,
                std::vector<std::string>& written) {
    if (!fs::is_directory(from)) {
        throw Failure(Category::system, fmt::format("there is no folder '{}'", from.string()),
                      "graft's templates lie in share/graft beside its bin; install graft anew");
    }
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(from)) {
        if (!entry.is_regular_file()) {
            continue;
        }
        const std::string name = replaced(fs::relative(entry.path(), from).string(), names);
        core::make_folder((into / name).parent_path());
        core::write_atomically(into / name, replaced(core::read_file(entry.path()), names));
        fs::permissions(into / name, entry.status().permissions() | fs::perms::owner_write);
        written.push_back(name);
    }
}

}  // namespace

const std::vector<std::string>& project_kinds() {
    static const std::vector<std::string> kinds = {"backbone", "head", "dataset", "loss"};
    return kinds;
}

core::Problems name_problems(const std::string& kind, const std::string& name,
                             const catalog::Catalog& catalog) {
    core::Problems problems;
    const auto add = [&](std::string message, std::string remedy) {
        problems.push_back({{}, std::move(message), std::move(remedy)});
    };
    if (!has_allowed_letters(name)) {
        add(fmt::format("'{}' cannot be the name of a plugin", name),
            fmt::format(
                "a name begins with a lower case letter, goes on with these, digits and `_`, and has at "
                "most {} characters: cosine_head",
                longest_name));
    } else if (std::find(taken_words().begin(), taken_words().end(), name) != taken_words().end()) {
        add(fmt::format("'{}' cannot be the name of a plugin: it is a word of CMake, YAML or graft", name),
            "add a word: my_" + name);
    } else if (const catalog::PluginFile* file = catalog.find(kind, name)) {
        add(fmt::format("there is a {} '{}' already, in {}", kind, name, file->path.string()),
            "choose another name: two plugins of one id cannot be used together");
    }
    return problems;
}

std::string class_name(const std::string& name) {
    std::string result;
    bool begins = true;
    for (const char letter : name) {
        if (letter == '_') {
            begins = true;
            continue;
        }
        result += begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(letter))) : letter;
        begins = false;
    }
    return result;
}

std::vector<std::string> write_project(const Project& project, const fs::path& templates) {
    if (project.folder.empty()) {
        throw Failure(Category::pipeline, "the project's folder has no name", "name a new folder with --dir");
    }
    const fs::path given = fs::absolute(project.folder).lexically_normal();
    const fs::path folder = given.has_filename() ? given : given.parent_path();
    std::error_code ignored;
    // In a folder that is there, which may be the end of a link or a file system of its own.
    const fs::path home = fs::is_directory(folder, ignored) ? folder : folder.parent_path();
    const fs::path half = home / (".graft-new-" + folder.filename().string());
    require_free(folder, half);
    const std::vector<Replacement> names = {{template_name, project.name},
                                            {template_class, class_name(project.name)}};
    std::vector<std::string> written;
    const core::FolderLock lock = claimed(half, folder);
    try {
        require_free(folder, half);  // again: another may have been quicker
        copy_files(templates / "common", half, names, written);
        copy_files(templates / project.kind, half, names, written);
        put_in_place(half, folder);
    } catch (const fs::filesystem_error& error) {
        fs::remove_all(half, ignored);
        throw Failure(Category::system, error.what());
    } catch (const Failure&) {
        fs::remove_all(half, ignored);
        throw;
    }
    std::sort(written.begin(), written.end());
    return written;
}

}  // namespace graft::start
