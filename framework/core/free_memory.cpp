// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/free_memory.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace graft::core {
namespace {

namespace fs = std::filesystem;

/// The number that a file holds; nothing for "max" or where there is no such file.
std::optional<std::uint64_t> number_in(const fs::path& file) {
    std::ifstream stream(file);
    std::uint64_t number = 0;
    return stream >> number ? std::optional(number) : std::nullopt;
}

std::uint64_t available(const fs::path& root) {
    std::ifstream stream(root / "proc/meminfo");
    std::string name;
    std::uint64_t kibibytes = 0;
    std::string unit;
    while (stream >> name >> kibibytes) {
        if (name == "MemAvailable:") {
            return kibibytes * 1024;
        }
        std::getline(stream, unit);
    }
    return 0;
}

struct LimitFiles {
    const char* most;
    const char* taken;
};

/// What a control group and those above it, up to `mount`, leave.
std::uint64_t left_by_group(const fs::path& mount, fs::path group, const LimitFiles& files) {
    std::uint64_t left = std::numeric_limits<std::uint64_t>::max();
    while (true) {
        const fs::path folder = mount / group.relative_path();
        const auto most = number_in(folder / files.most);
        const auto taken = number_in(folder / files.taken);
        if (most && taken) {
            left = std::min(left, *most - std::min(*most, *taken));
        }
        if (!group.has_relative_path()) {
            return left;
        }
        group = group.parent_path();
    }
}

}  // namespace

std::uint64_t free_memory(const fs::path& root) {
    std::uint64_t left = available(root);
    std::ifstream groups(root / "proc/self/cgroup");  // lines "0::/path" and "4:memory:/path"
    std::string line;
    while (std::getline(groups, line)) {
        const std::size_t kind = line.find(':');
        const std::size_t path = line.find(':', kind + 1);
        if (path == std::string::npos) {
            continue;
        }
        const std::string kinds = "," + line.substr(kind + 1, path - kind - 1) + ",";
        const fs::path group = line.substr(path + 1);
        if (kinds == ",,") {
            left = std::min(left,
                            left_by_group(root / "sys/fs/cgroup", group, {"memory.max", "memory.current"}));
        } else if (kinds.find(",memory,") != std::string::npos) {
            left = std::min(left, left_by_group(root / "sys/fs/cgroup/memory", group,
                                                {"memory.limit_in_bytes", "memory.usage_in_bytes"}));
        }
    }
    return left;
}

}  // namespace graft::core
