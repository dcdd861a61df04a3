// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "catalog/installed.hpp"

#include <algorithm>
#include <system_error>

#include "core/environment.hpp"
#include "core/user_folders.hpp"

namespace graft::catalog {

namespace fs = std::filesystem;

fs::path user_data_folder() {
    return core::user_folder("XDG_DATA_HOME", ".local/share", core::environment_variable);
}

fs::path installed_folder() {
    const fs::path data = user_data_folder();
    return data.empty() ? data : (data / "graft/installed").lexically_normal();
}

std::vector<std::string> installed_names() {
    std::vector<std::string> names;
    std::error_code error;
    const fs::path folder = installed_folder();
    if (folder.empty()) {
        return names;
    }
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        std::error_code ignored;
        if (name.front() != '.' && fs::is_directory(entry->path(), ignored)) {
            names.push_back(name);
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<fs::path> installed_plugin_folders() {
    std::vector<fs::path> folders;
    for (const std::string& name : installed_names()) {
        folders.push_back(installed_folder() / name / "plugins");
    }
    return folders;
}

std::string installed_name(const fs::path& library) {
    const fs::path project = library.lexically_normal().parent_path().parent_path();
    const fs::path folder = installed_folder();
    return !folder.empty() && project.parent_path() == folder ? project.filename().string() : "";
}

}  // namespace graft::catalog
