// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/control_groups.hpp"

#include <fstream>

namespace graft::core {

namespace fs = std::filesystem;

std::vector<ControlGroup> control_groups(const std::string& controller, const fs::path& root) {
    std::vector<ControlGroup> groups;
    std::ifstream lines(root / "proc/self/cgroup");  // "0::/path" and "4:memory:/path"
    std::string line;
    while (std::getline(lines, line)) {
        const std::size_t kind = line.find(':');
        const std::size_t path = line.find(':', kind + 1);
        if (path == std::string::npos) {
            continue;
        }
        const std::string kinds = "," + line.substr(kind + 1, path - kind - 1) + ",";
        const bool is_second = kinds == ",,";
        if (!is_second && kinds.find("," + controller + ",") == std::string::npos) {
            continue;
        }
        const fs::path mount = is_second ? root / "sys/fs/cgroup" : root / "sys/fs/cgroup" / controller;
        fs::path group = fs::path(line.substr(path + 1)).relative_path();
        while (true) {
            groups.push_back({mount / group, is_second ? 2 : 1});
            if (group.empty()) {
                break;
            }
            group = group.parent_path();
        }
    }
    return groups;
}

}  // namespace graft::core
