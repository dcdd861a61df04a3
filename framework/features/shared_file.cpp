// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "features/shared_file.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/clock.hpp"
#include "core/problem.hpp"
#include "features/open_shared.hpp"

namespace graft::features {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const char* doing, int error) {
    throw core::Failure(core::Category::system,
                        fmt::format("cannot {} {}: {}", doing, path.string(), std::strerror(error)),
                        error == ENOSPC ? "free some space, or name another features.folder"
                                        : "name another features.folder");
}

}  // namespace

int open_shared(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor >= 0 || (errno != EROFS && errno != EACCES)) {
        return descriptor;
    }
    const int refused = errno;
    const int reads = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    errno = refused;
    return reads;
}

SharedFile::SharedFile(std::filesystem::path path) : path_(std::move(path)), descriptor_(open_shared(path_)) {
    if (descriptor_ < 0) {
        fail(path_, "open", errno);
    }
}

SharedFile::~SharedFile() {
    ::close(descriptor_);
}

std::uint64_t SharedFile::size() const {
    struct stat status {};
    return ::fstat(descriptor_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

bool SharedFile::read(std::span<std::byte> to, std::uint64_t offset) const {
    while (!to.empty()) {
        const ssize_t got = ::pread(descriptor_, to.data(), to.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        to = to.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
    return true;
}

void SharedFile::write(std::span<const std::byte> bytes, std::uint64_t offset) const {
    while (!bytes.empty()) {
        const ssize_t put = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            // EBADF: the file could only be opened to be read.
            fail(path_, "write", put == 0 ? ENOSPC : errno == EBADF ? EACCES : errno);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(put));
        offset += static_cast<std::uint64_t>(put);
    }
}

void SharedFile::cut(std::uint64_t size) const {
    [[maybe_unused]] const int failed = ::ftruncate(descriptor_, static_cast<off_t>(size));
}

bool SharedFile::wait_for_lock(double seconds) const {
    constexpr double pause = 0.001;
    const double end = core::steady_seconds() + seconds;
    while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || core::steady_seconds() > end) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::duration<double>(pause));
    }
    return true;
}

void SharedFile::unlock() const {
    ::flock(descriptor_, LOCK_UN);
}

SharedFile::Lock::Lock(int descriptor) : descriptor_(descriptor) {
    while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
    }
}

SharedFile::Lock::~Lock() {
    ::flock(descriptor_, LOCK_UN);
}

}  // namespace graft::features
