// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "install/run_plugins.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "jobs/run_files.hpp"
#include "weights/sha256.hpp"

namespace graft::install {
namespace {

namespace fs = std::filesystem;
namespace run_files = jobs::run_files;
using core::Category;
using core::Failure;
using core::Json;

constexpr const char* ending = ".so";

std::string shown_path(const fs::path& path) {
    return core::name_to_text(path.lexically_normal().string());
}

/// Whether a name can only be that of a library in the folder itself.
bool is_library_name(const std::string& name) {
    return name.find('/') == std::string::npos && !name.starts_with(".") && name.ends_with(ending) &&
           name.find('\0') == std::string::npos;
}

/// Whether a file lies right in a folder, links on the way to both resolved.
bool lies_in(const fs::path& file, const fs::path& folder) {
    std::error_code error;
    const fs::path above = fs::canonical(file.parent_path(), error);
    return !error && above == fs::canonical(folder, error) && !error;
}

/// NAME.so, or NAME-2.so, .. where libraries of several folders are called the same.
std::string free_name(const std::string& wanted, std::set<std::string>& taken) {
    const std::string stem = fs::path(wanted).stem().string();
    std::string name = wanted;
    for (int number = 2; !taken.insert(name).second; ++number) {
        name = fmt::format("{}-{}{}", stem, number, ending);
    }
    return name;
}

/// Libraries that an earlier beginning of the run used, and this one does not.
void remove_others(const fs::path& folder, const std::set<std::string>& kept) {
    std::vector<fs::path> others;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        if (is_library_name(name) && !kept.contains(name)) {
            others.push_back(entry->path());
        }
    }
    for (const fs::path& other : others) {
        fs::remove(other, error);
    }
    fs::remove(folder, error);  // where it is empty
}

}  // namespace

Json carry(const std::vector<fs::path>& files, const fs::path& run) {
    const fs::path folder = run / run_files::plugins;
    std::set<std::string> taken;
    for (const fs::path& file : files) {
        if (lies_in(file, folder)) {
            taken.insert(file.filename().string());
        }
    }
    std::vector<ProjectLibrary> libraries;
    for (const fs::path& file : files) {
        std::string name = file.filename().string();
        if (!lies_in(file, folder)) {
            name = free_name(name, taken);
            core::make_folder(folder);
            core::write_atomically(folder / name, core::read_file(file));
        }
        libraries.push_back({name, weights::sha256_of_file(folder / name),
                             catalog::read_plugin_file(folder / name, catalog::host_stamp()).entries});
    }
    remove_others(folder, taken);
    return to_json(libraries);
}

RunPlugins::RunPlugins(const fs::path& run) : folder_(run / run_files::plugins) {
    std::error_code error;
    const fs::path file = run / run_files::record;
    if (run.empty() || !fs::is_regular_file(file, error)) {
        return;
    }
    const Json record = core::parse_json_or_discard(core::read_file(file));
    if (!record.is_object() || !record.contains(carried_plugins)) {
        return;
    }
    try {
        libraries_ = libraries_of(record.at(carried_plugins));
    } catch (const Json::exception&) {
        throw Failure(Category::data, fmt::format("'{}' is damaged: its field '{}' is no list of plugins",
                                                  shown_path(file), carried_plugins));
    }
}

fs::path RunPlugins::path_of(const ProjectLibrary& library) const {
    return folder_ / library.file;
}

/// Why a library cannot be used; nothing of it is loaded for that. Empty: it can.
std::string RunPlugins::problem_of(const ProjectLibrary& library) const {
    if (!is_library_name(library.file)) {
        return fmt::format("is not the name of a library in '{}'", shown_path(folder_));
    }
    const fs::path path = path_of(library);
    std::error_code error;
    if (fs::is_symlink(fs::symlink_status(folder_, error)) ||
        fs::is_symlink(fs::symlink_status(path, error))) {
        return "is reached by a link: what a run carries lies in its own folder";
    }
    if (!fs::is_regular_file(path, error)) {
        return "is missing";
    }
    if (const std::string hash = weights::sha256_of_file(path); hash != library.sha256) {
        return fmt::format("is not what the run was trained with: its SHA-256 is {}, the run recorded {}",
                           hash, core::printable_line(library.sha256, hash.size()));
    }
    return catalog::read_plugin_file(path, catalog::host_stamp()).problem;
}

/// Libraries in the folder that the record does not know would be found as the others are.
void RunPlugins::add_unrecorded(core::Problems& problems) const {
    std::error_code error;
    for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        if (is_library_name(name) &&
            std::none_of(libraries_.begin(), libraries_.end(),
                         [&](const ProjectLibrary& each) { return each.file == name; })) {
            problems.push_back(
                {{entry->path().string(), 0, 0, ""}, "is not among the plugins that the run recorded", ""});
        }
    }
}

fs::path RunPlugins::trusted(const catalog::Catalog& found, std::vector<std::string>& notes) const {
    core::Problems problems;
    for (const ProjectLibrary& library : libraries_) {
        if (std::string problem = problem_of(library); !problem.empty()) {
            problems.push_back({{path_of(library).string(), 0, 0, ""}, std::move(problem), ""});
            continue;
        }
        std::set<fs::path> others;
        for (const catalog::Entry& entry : library.components) {
            if (const catalog::PluginFile* other = found.find(entry.kind, entry.id)) {
                others.insert(other->path);
            }
        }
        for (const fs::path& other : others) {
            if (weights::sha256_of_file(other) != library.sha256) {
                notes.push_back(
                    fmt::format("{} is used, which the run carries, and not {}, which is another one",
                                shown_path(path_of(library)), shown_path(other)));
            }
        }
    }
    add_unrecorded(problems);
    core::throw_if_any(Category::plugin, problems);
    return libraries_.empty() ? fs::path() : folder_;
}

/// "runs/x/plugins/toy.so: head 'toy' 1.0.0, SHA-256 ...", with what speaks against it.
std::string RunPlugins::line_of(const ProjectLibrary& library) const {
    constexpr std::size_t longest = 200;
    std::string components;
    for (const catalog::Entry& entry : library.components) {
        components += fmt::format("{} '{}' {}, ", entry.kind, entry.id, entry.version);
    }
    const std::string problem = problem_of(library);
    return fmt::format(
        "    {}: {}SHA-256 {}{}", shown_path(path_of(library)), core::printable_line(components, longest),
        core::printable_line(library.sha256, longest), problem.empty() ? "" : "\n      but it " + problem);
}

void RunPlugins::require(const catalog::Catalog& found, const IsNeeded& is_needed,
                         const std::string& way) const {
    std::string names;
    std::string lines;
    for (const ProjectLibrary& library : libraries_) {
        bool is_missing = false;
        for (const catalog::Entry& entry : library.components) {
            if (is_needed(entry.kind, entry.id) && found.find(entry.kind, entry.id) == nullptr) {
                names += fmt::format("{}{} '{}'", names.empty() ? "" : ", ", entry.kind, entry.id);
                is_missing = true;
            }
        }
        lines += is_missing ? "\n" + line_of(library) : "";
    }
    if (!lines.empty()) {
        throw Failure(
            Category::plugin,
            fmt::format("no plugin of this machine brings what the run needs: {}. The run carries it, and "
                        "nothing that a run carries is loaded unasked:{}",
                        core::printable_line(names, lines.size() + names.size()), lines),
            fmt::format(
                "{}. A plugin is a program that may do whatever you may: do it where you trust whoever "
                "made the run",
                way));
    }
}

}  // namespace graft::install
