// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a wheel puts into an environment's bin as `graft`. All else of a wheel lies in the folder graft among
// the packages, where nothing can say which Python's folder that is; this finds it and becomes the graft
// there. It is linked with the system's C and C++ libraries alone.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <unistd.h>

namespace {

namespace fs = std::filesystem;

/// Folders of packages that belong to a folder bin: of pip's --target, then of every Python beside it.
std::vector<fs::path> package_folders(const fs::path& bin) {
    const fs::path prefix = bin.parent_path();
    std::vector<fs::path> folders;
    for (const char* lib : {"lib", "lib64"}) {
        std::error_code error;
        for (fs::directory_iterator each(prefix / lib, error), end; !error && each != end;
             each.increment(error)) {
            if (each->path().filename().string().rfind("python3", 0) == 0) {
                folders.push_back(each->path() / "site-packages");
                folders.push_back(each->path() / "dist-packages");
            }
        }
    }
    std::sort(folders.begin(), folders.end());
    folders.insert(folders.begin(), prefix);
    return folders;
}

}  // namespace

int main(int, char** arguments) {
    constexpr int system_failed = 6;
    const fs::path bin = fs::read_symlink("/proc/self/exe").parent_path();
    for (const fs::path& packages : package_folders(bin)) {
        std::error_code error;
        if (!fs::exists(packages / "graft-" GRAFT_VERSION ".dist-info",
                        error)) {  // perhaps another version's
            continue;
        }
        const fs::path program = packages / "graft/bin/graft";
        ::execv(program.c_str(), arguments);
        std::fprintf(stderr,
                     "error: cannot start %s: %s\n  install graft again: pip install --force-reinstall\n",
                     program.c_str(), std::strerror(errno));
        return system_failed;
    }
    std::fprintf(
        stderr,
        "error: graft " GRAFT_VERSION
        " is not among the packages of a Python in %s\n"
        "  this file belongs to its wheel and cannot be moved or copied alone: pip install it here\n",
        bin.parent_path().c_str());
    return system_failed;
}
