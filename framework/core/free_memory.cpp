// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/free_memory.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>

#include "core/control_groups.hpp"

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

}  // namespace

std::uint64_t free_memory(const fs::path& root) {
    std::uint64_t left = available(root);
    for (const ControlGroup& group : control_groups("memory", root)) {
        const bool is_first = group.version == 1;
        const auto most = number_in(group.folder / (is_first ? "memory.limit_in_bytes" : "memory.max"));
        const auto taken = number_in(group.folder / (is_first ? "memory.usage_in_bytes" : "memory.current"));
        if (most && taken) {
            left = std::min(left, *most - std::min(*most, *taken));
        }
    }
    return left;
}

}  // namespace graft::core
