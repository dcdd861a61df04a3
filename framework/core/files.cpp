// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/files.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/problem.hpp"

namespace graft::core {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& doing) {
    const int error = errno;
    throw Failure(Category::system,
                  fmt::format("cannot {} {}: {}", doing, path.string(), std::strerror(error)),
                  error == ENOSPC ? "free some space, then run again" : "");
}

/// A file descriptor that closes itself.
class Descriptor {
public:
    Descriptor(const std::filesystem::path& path, int flags)
        : number_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }
    int number() const { return number_; }

private:
    int number_;
};

bool write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

bool read_all(int descriptor, std::string& bytes) {
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t got = ::read(descriptor, bytes.data() + done, bytes.size() - done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        done += static_cast<std::size_t>(got);
    }
    return true;
}

}  // namespace

std::string read_file(const std::filesystem::path& path, std::uint64_t limit_bytes) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
        throw Failure(Category::data, fmt::format("{} is no file", path.string()));
    }
    // Length and bytes of one file: another may take its name at any moment (write_atomically).
    const Descriptor file(path, O_RDONLY);
    struct stat status {};
    const bool is_open = file.number() >= 0 && ::fstat(file.number(), &status) == 0;
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > limit_bytes) {
        throw Failure(Category::data,
                      fmt::format("{} has {} bytes; at most {} are read", path.string(), size, limit_bytes));
    }
    std::string bytes(size, '\0');
    if (!is_open || !read_all(file.number(), bytes)) {
        throw Failure(Category::data, fmt::format("{} cannot be read", path.string()));
    }
    return bytes;
}

MappedFile::MappedFile(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
        throw Failure(Category::data, fmt::format("{} is no file", path.string()));
    }
    const Descriptor file(path, O_RDONLY);
    struct stat status {};
    void* start = MAP_FAILED;
    if (file.number() >= 0 && ::fstat(file.number(), &status) == 0) {
        if (status.st_size == 0) {
            return;  // nothing to map
        }
        start = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE,
                       file.number(), 0);
    }
    if (start == MAP_FAILED) {
        throw Failure(Category::data,
                      fmt::format("{} cannot be read: {}", path.string(), std::strerror(errno)));
    }
    bytes_ = {static_cast<const std::byte*>(start), static_cast<std::size_t>(status.st_size)};
}

MappedFile::~MappedFile() {
    if (!bytes_.empty()) {
        ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
    }
}

void write_atomically(const std::filesystem::path& path, std::string_view bytes) {
    const std::filesystem::path temporary = path.string() + fmt::format(".{}.part", ::getpid());
    {
        const Descriptor file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
        if (file.number() < 0) {
            fail(path, "create");
        }
        if (!write_all(file.number(), bytes) || ::fsync(file.number()) != 0) {
            const int error = errno;
            ::unlink(temporary.c_str());
            errno = error;
            fail(path, "write");
        }
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        const int error = errno;
        ::unlink(temporary.c_str());
        errno = error;
        fail(path, "replace");
    }
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    const Descriptor directory(folder, O_RDONLY | O_DIRECTORY);
    if (directory.number() >= 0) {
        ::fsync(directory.number());
    }
}

void append_line(const std::filesystem::path& path, std::string_view line) {
    const Descriptor file(path, O_WRONLY | O_CREAT | O_APPEND);
    if (file.number() < 0 || !write_all(file.number(), std::string(line) + "\n")) {
        fail(path, "write");
    }
}

void make_folder(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) {
        throw Failure(Category::system,
                      fmt::format("cannot make the folder {}: {}", path.string(), error.message()));
    }
}

std::optional<FolderLock> FolderLock::take(const std::filesystem::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        throw Failure(Category::system,
                      "'" + folder.string() + "' cannot be opened: " + std::strerror(errno));
    }
    constexpr std::chrono::milliseconds pause{10};
    constexpr int most_attempts = 5;
    constexpr int most_attempts_beside_lookers = 1000;
    for (int attempt = 1; ::flock(descriptor, LOCK_EX | LOCK_NB) != 0; ++attempt) {
        if (errno != EWOULDBLOCK) {
            ::close(descriptor);
            return FolderLock(-1);  // a file system without locks: go on without one
        }
        // Who works here has it alone. Who only looks (is_taken) shares it for an instant, which may take as
        // long as that process waits for its turn.
        const bool is_looked_at = ::flock(descriptor, LOCK_SH | LOCK_NB) == 0;
        ::flock(descriptor, LOCK_UN);
        if (attempt >= (is_looked_at ? most_attempts_beside_lookers : most_attempts)) {
            ::close(descriptor);
            return std::nullopt;
        }
        std::this_thread::sleep_for(pause);
    }
    return FolderLock(descriptor);
}

bool FolderLock::is_taken(const std::filesystem::path& folder) noexcept {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    const bool taken = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::close(descriptor);
    return taken;
}

FolderLock::~FolderLock() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

std::filesystem::path executable_folder() {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

}  // namespace graft::core
