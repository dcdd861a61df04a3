// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/python_packages.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "core/environment.hpp"

namespace graft::jobs {
namespace {

namespace fs = std::filesystem;

/// The rows `key = value` of a virtual environment's pyvenv.cfg; none where a prefix is no such environment.
std::map<std::string, std::string> environment_of(const fs::path& prefix) {
    std::map<std::string, std::string> rows;
    std::ifstream stream(prefix / "pyvenv.cfg");
    const auto trimmed = [](const std::string& text) {
        const std::size_t begin = std::min(text.find_first_not_of(" \t\r"), text.size());
        return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
    };
    for (std::string line; std::getline(stream, line);) {
        if (const std::size_t equals = line.find('='); equals != std::string::npos) {
            rows[trimmed(line.substr(0, equals))] = trimmed(line.substr(equals + 1));
        }
    }
    return rows;
}

/// lib/python3.*/site-packages and the like, sorted, those of one folder `lib`.
void add_from(const fs::path& lib, std::vector<fs::path>& folders) {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator each(lib, error), end; !error && each != end; each.increment(error)) {
        if (each->path().filename().string().rfind("python3", 0) != 0) {
            continue;
        }
        for (const char* packages : {"site-packages", "dist-packages"}) {
            std::error_code not_there;
            if (fs::is_directory(each->path() / packages, not_there)) {
                found.push_back(each->path() / packages);
            }
        }
    }
    std::sort(found.begin(), found.end());
    folders.insert(folders.end(), found.begin(), found.end());
}

}  // namespace

std::vector<fs::path> packages_below(const fs::path& prefix) {
    std::vector<fs::path> folders;
    for (const char* lib : {"lib", "lib64", "local/lib"}) {  // Debian's pip installs below /usr/local
        add_from(prefix / lib, folders);
    }
    auto environment = environment_of(prefix);
    if (environment["include-system-site-packages"] == "true" && !environment["home"].empty()) {
        const fs::path base = fs::path(environment["home"]).parent_path();
        if (base != prefix) {
            const std::vector<fs::path> more = packages_below(base);
            folders.insert(folders.end(), more.begin(), more.end());
        }
    }
    return folders;
}

std::vector<fs::path> packages_of_owner(const fs::path& folder) {
    const fs::path packages = folder.parent_path();
    if (packages.filename() != "site-packages" && packages.filename() != "dist-packages") {
        return {};
    }
    return packages_below(packages.parent_path().parent_path().parent_path());
}

std::vector<fs::path> packages_on_path() {
    std::istringstream folders(core::environment_variable("PATH"));
    for (std::string folder; std::getline(folders, folder, ':');) {
        std::error_code error;
        const fs::path python = fs::path(folder) / "python3";
        // A link whose target this user may not see tells where the packages are all the same.
        if (folder.empty() || !fs::exists(fs::symlink_status(python, error))) {
            continue;
        }
        const fs::path prefix = fs::path(folder).parent_path();
        std::vector<fs::path> packages = packages_below(prefix);
        if (packages.empty()) {  // a link to a Python elsewhere
            packages = packages_below(fs::weakly_canonical(python, error).parent_path().parent_path());
        }
        return packages;
    }
    return {};
}

std::vector<fs::path> packages_of_user() {
    const std::string base = core::environment_variable("PYTHONUSERBASE");
    const std::string home = core::environment_variable("HOME");
    if (base.empty() && home.empty()) {
        return {};
    }
    return packages_below(base.empty() ? fs::path(home) / ".local" : fs::path(base));
}

}  // namespace graft::jobs
