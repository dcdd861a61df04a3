// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>

namespace graft::core {

/// Bytes of memory that this process may still take: what the machine has available, or what the limits of
/// its control groups (versions 1 and 2) and of its data (RLIMIT_DATA) leave, whichever is least; pages of
/// files that nobody uses count as free. 0 where nobody says. `root`: where /proc and /sys are looked for.
/// Thread-safety: any thread.
std::uint64_t free_memory(const std::filesystem::path& root = "/");

}  // namespace graft::core
