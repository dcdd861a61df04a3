// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/free_memory.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

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

/// The number behind a name in a file of such lines, a unit after it or not; 0 where there is none.
std::uint64_t number_of(const std::string& wanted, const fs::path& file) {
    std::ifstream stream(file);
    std::string name;
    std::string unit;
    for (std::uint64_t number = 0; stream >> name >> number; std::getline(stream, unit)) {
        if (name == wanted) {
            return number;
        }
    }
    return 0;
}

/// What a control group has of its limit, nothing where it has none. Its count of what is taken includes
/// files that were read or written, which the kernel drops as soon as anybody needs the memory: those that
/// are not in use are free.
std::optional<std::uint64_t> left_of(const ControlGroup& group) {
    const bool is_first = group.version == 1;
    const auto most = number_in(group.folder / (is_first ? "memory.limit_in_bytes" : "memory.max"));
    const auto taken = number_in(group.folder / (is_first ? "memory.usage_in_bytes" : "memory.current"));
    if (!most || !taken) {
        return std::nullopt;
    }
    const std::uint64_t files =
        number_of(is_first ? "total_inactive_file" : "inactive_file", group.folder / "memory.stat");
    return *most - std::min(*most, *taken - std::min(*taken, files));
}

std::uint64_t available(const fs::path& root) {
    return number_of("MemAvailable:", root / "proc/meminfo") * 1024;
}

/// What the limit of this process' data leaves; where there is none, all there could be.
std::uint64_t left_by_limit() {
    rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    ::getrlimit(RLIMIT_DATA, &limit);
    std::ifstream stream("/proc/self/statm");  // pages: size, resident, shared, text, 0, data and stack
    std::uint64_t pages = 0;
    for (int field = 0; field < 6; ++field) {
        stream >> pages;
    }
    const std::uint64_t taken = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    return limit.rlim_cur == RLIM_INFINITY ? limit.rlim_cur
                                           : limit.rlim_cur - std::min<std::uint64_t>(limit.rlim_cur, taken);
}

}  // namespace

std::uint64_t free_memory(const fs::path& root) {
    std::uint64_t left = std::min(available(root), left_by_limit());
    for (const ControlGroup& group : control_groups("memory", root)) {
        left = std::min(left, left_of(group).value_or(left));
    }
    return left;
}

}  // namespace graft::core
