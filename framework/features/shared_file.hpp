// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace graft::features {

/// A file that several processes read and write at once, made where it is not there. Thread-safety: any
/// thread.
class SharedFile {
public:
    /// Throws Failure(system).
    explicit SharedFile(std::filesystem::path path);
    ~SharedFile();
    SharedFile(const SharedFile&) = delete;
    SharedFile& operator=(const SharedFile&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::uint64_t size() const;

    /// All of `to` from that place on; false where the file does not reach so far or cannot be read.
    bool read(std::span<std::byte> to, std::uint64_t offset) const;

    /// Throws Failure(system), for a full disk too; part of it may then be written.
    void write(std::span<const std::byte> bytes, std::uint64_t offset) const;

    /// Ends the file at that size. What cannot be cut off stays.
    void cut(std::uint64_t size) const;

    /// While it lives, no other process holds one of this file; flock(2), so that the system lets go of it
    /// whenever this process ends. A file system without locks gives none.
    class Lock {
    public:
        explicit Lock(int descriptor);
        ~Lock();
        Lock(const Lock&) = delete;
        Lock& operator=(const Lock&) = delete;

    private:
        int descriptor_;
    };
    Lock lock() const { return Lock(descriptor_); }

    /// The same, but after so many seconds it goes on without. False: it is not held; else it is until
    /// `unlock`.
    bool wait_for_lock(double seconds) const;
    void unlock() const;

private:
    std::filesystem::path path_;
    int descriptor_;
};

}  // namespace graft::features
