// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include "core/files.hpp"
#include "core/free_memory.hpp"
#include "support/temporary_folder.hpp"

using namespace graft;
using core::free_memory;

namespace {

void write(const std::filesystem::path& file, const std::string& text) {
    core::make_folder(file.parent_path());
    core::write_atomically(file, text);
}

}  // namespace

// Proves: the least of what the machine has and what any control group on the way up leaves; the files are as
// Linux writes them.
TEST_CASE("memory that is free") {
    const tests::TemporaryFolder folder;
    const auto& root = folder.path();
    CHECK(free_memory(root) == 0);
    write(root / "proc/meminfo",
          "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8000000 kB\n");
    CHECK(free_memory(root) == 8'000'000ULL * 1024);

    write(root / "proc/self/cgroup", "0::/jobs/mine\n");
    CHECK(free_memory(root) == 8'000'000ULL * 1024);
    write(root / "sys/fs/cgroup/jobs/mine/memory.max", "max\n");
    write(root / "sys/fs/cgroup/jobs/mine/memory.current", "5000\n");
    CHECK(free_memory(root) == 8'000'000ULL * 1024);
    write(root / "sys/fs/cgroup/jobs/memory.max", "1000000\n");
    write(root / "sys/fs/cgroup/jobs/memory.current", "400000\n");
    CHECK(free_memory(root) == 600'000);
    write(root / "sys/fs/cgroup/jobs/memory.current", "1400000\n");
    CHECK(free_memory(root) == 0);
    // Files that nobody uses are counted as taken, and give way.
    write(root / "sys/fs/cgroup/jobs/memory.stat",
          "anon 300000\nfile 1100000\nactive_file 200000\ninactive_file 900000\n");
    CHECK(free_memory(root) == 500'000);

    write(root / "proc/self/cgroup", "5:cpu,memory:/docker\n0::/\n");
    write(root / "sys/fs/cgroup/memory/docker/memory.limit_in_bytes", "2000000\n");
    write(root / "sys/fs/cgroup/memory/docker/memory.usage_in_bytes", "500000\n");
    CHECK(free_memory(root) == 1'500'000);
    write(root / "sys/fs/cgroup/memory/docker/memory.stat", "inactive_file 7\ntotal_inactive_file 300000\n");
    CHECK(free_memory(root) == 1'800'000);
}

TEST_CASE("memory that is free on this machine") {
    CHECK(free_memory() > 0);
}
