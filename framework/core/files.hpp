// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace graft::core {

// Every function here may be called by any thread; a FolderLock belongs to one thread at a time.

/// The whole file. Throws Failure(data) when it is missing, no plain file, longer than limit_bytes, or cannot
/// be read.
std::string read_file(const std::filesystem::path& path, std::uint64_t limit_bytes = std::uint64_t(1) << 40);

/// A file seen as bytes of memory without reading it; pages come from the disk as they are touched. Whoever
/// cuts the file short meanwhile ends this process (SIGBUS), so map nothing that is still being written.
/// Thread-safety: any thread.
class MappedFile {
public:
    /// Throws Failure(data) when it is missing, no plain file or unreadable.
    explicit MappedFile(const std::filesystem::path& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    std::span<const std::byte> bytes() const { return bytes_; }

private:
    std::span<const std::byte> bytes_;
};

/// Replaces the file in one step: temp file in the same folder, write, fsync, rename, fsync of the
/// folder. After a crash or a full disk the old file is still whole. Throws Failure(system).
void write_atomically(const std::filesystem::path& path, std::string_view bytes);

/// Appends one line and flushes it to the system. Throws Failure(system).
void append_line(const std::filesystem::path& path, std::string_view line);

/// Makes the folder and those above it. Throws Failure(system).
void make_folder(const std::filesystem::path& path);

/// A folder that this process alone works in, for as long as the object lives; the system releases it when
/// the process ends, for whatever reason. Locks are seen by processes of this machine, and through a
/// network's file system where that passes them on (flock(2)).
class FolderLock {
public:
    /// Takes the folder, or nothing where another process has it. Throws Failure(system) when it is not
    /// there.
    static std::optional<FolderLock> take(const std::filesystem::path& folder);

    /// Whether a process has it; false where nobody can know (no locks, no folder).
    static bool is_taken(const std::filesystem::path& folder) noexcept;

    FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    FolderLock& operator=(FolderLock&&) = delete;
    ~FolderLock();

private:
    explicit FolderLock(int descriptor) : descriptor_(descriptor) {}

    int descriptor_;
};

/// Where this program lies. Throws std::filesystem::filesystem_error without /proc.
std::filesystem::path executable_folder();

}  // namespace graft::core
