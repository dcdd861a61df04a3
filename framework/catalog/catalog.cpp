// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "catalog/catalog.hpp"

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "catalog/installed.hpp"
#include "core/environment.hpp"
#include "core/files.hpp"

namespace graft::catalog {
namespace {

namespace fs = std::filesystem;

/// The libraries in a folder, by name; a folder that cannot be listed has none.
std::vector<fs::path> libraries_in(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const fs::path& path = entry->path();
        std::error_code ignored;
        if (path.extension() == ".so" && path.filename().string().front() != '.' &&
            !fs::is_directory(path, ignored)) {
            found.push_back(path);
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

std::string real_path(const fs::path& path) {
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    return error ? path.string() : real.string();
}

void add_once(std::vector<fs::path>& folders, const fs::path& folder) {
    const auto normal = folder.lexically_normal();
    if (!folder.empty() && std::find(folders.begin(), folders.end(), normal) == folders.end()) {
        folders.push_back(normal);
    }
}

/// What was built on this machine can be built again.
void add_remedy(PluginFile& file) {
    const std::string name = installed_name(file.path);
    if (!file.problem.empty() && !name.empty()) {
        file.problem += fmt::format("\n  `graft plugins update {}` builds it again from its source", name);
    }
}

}  // namespace

Catalog::Catalog(std::vector<fs::path> folders, const std::map<std::string, std::string>& host_stamp)
    : folders_(std::move(folders)) {
    std::set<std::string> seen;
    for (const fs::path& folder : folders_) {
        for (const fs::path& path : libraries_in(folder)) {
            if (seen.insert(real_path(path)).second) {
                files_.push_back(read_plugin_file(path, host_stamp));
                add_remedy(files_.back());
            }
        }
    }
}

core::Problems Catalog::problems() const {
    core::Problems problems;
    std::map<std::pair<std::string, std::string>, const PluginFile*> owners;
    for (const PluginFile& file : files_) {
        if (!file.problem.empty()) {
            problems.push_back({{file.path.string(), 0, 0, ""}, file.problem, ""});
        }
        for (const Entry& entry : file.entries) {
            const auto [owner, is_new] = owners.try_emplace({entry.kind, entry.id}, &file);
            if (!is_new && owner->second != &file) {
                problems.push_back({{file.path.string(), 0, 0, ""},
                                    fmt::format("brings the {} '{}', and so does {}", entry.kind, entry.id,
                                                owner->second->path.string()),
                                    "remove one of the two files, or give one of them another id"});
            }
        }
    }
    return problems;
}

const PluginFile* Catalog::find(const std::string& kind, const std::string& id) const {
    for (const PluginFile& file : files_) {
        for (const Entry& entry : file.entries) {
            if (file.problem.empty() && entry.kind == kind && entry.id == id) {
                return &file;
            }
        }
    }
    return nullptr;
}

std::vector<std::string> Catalog::ids(const std::string& kind) const {
    std::set<std::string> ids;
    for (const PluginFile& file : files_) {
        for (const Entry& entry : file.entries) {
            if (file.problem.empty() && entry.kind == kind) {
                ids.insert(entry.id);
            }
        }
    }
    return {ids.begin(), ids.end()};
}

std::vector<fs::path> plugin_folders(const std::vector<std::string>& given,
                                     const std::vector<std::string>& pipeline) {
    std::vector<fs::path> folders;
    for (const std::string& folder : given) {
        add_once(folders, folder);
    }
    for (const std::string& folder : pipeline) {
        add_once(folders, folder);
    }
    const std::string path = core::environment_variable("GRAFT_PLUGIN_PATH");
    for (std::size_t begin = 0; begin < path.size();) {
        // An empty element, which elsewhere means the working directory, means nothing here.
        const std::size_t end = std::min(path.find(':', begin), path.size());
        add_once(folders, path.substr(begin, end - begin));
        begin = end + 1;
    }
    if (const fs::path data = user_data_folder(); !data.empty()) {
        add_once(folders, data / "graft/plugins");
    }
    for (const fs::path& folder : installed_plugin_folders()) {
        add_once(folders, folder);
    }
    add_once(folders, core::executable_folder() / "../lib/graft/plugins");
    return folders;
}

}  // namespace graft::catalog
