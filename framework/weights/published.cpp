// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "weights/published.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/environment.hpp"
#include "core/files.hpp"
#include "core/problem.hpp"
#include "core/user_folders.hpp"
#include "weights/sha256.hpp"
#include "weights/transfer.hpp"

namespace graft::weights {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;

constexpr std::chrono::milliseconds between_looks{100};

Failure unavailable(const Published& published, const fs::path& file, const std::string& why) {
    return Failure(
        Category::data,
        fmt::format("the weights {} are not here and cannot be fetched: {}", published.file_name, why),
        published.url.empty()
            ? fmt::format("put the file at {}", file.string())
            : fmt::format("fetch {} elsewhere, and put it at {}", published.url, file.string()));
}

Failure unwritable(const fs::path& file) {
    return Failure(
        Category::system, fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)),
        errno == ENOSPC ? "free some space, then run again; the fetch goes on where it stopped" : "");
}

/// The part of a file that has arrived, held by one process at a time.
class PartFile {
public:
    /// Waits for the process that has it.
    PartFile(fs::path path, const FetchControl& control) : path_(std::move(path)) {
        while (true) {
            file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
            if (file_ < 0) {
                throw unwritable(path_);
            }
            // Where the file system knows no locks, nobody can be waited for.
            while (::flock(file_, LOCK_EX | LOCK_NB) != 0 && (errno == EWOULDBLOCK || errno == EINTR)) {
                if (control.stop && control.stop()) {
                    ::close(file_);
                    throw Failure(Category::data, "stopped while another process fetches " + path_.string());
                }
                std::this_thread::sleep_for(between_looks);
            }
            if (is_still_there()) {
                return;
            }
            ::close(file_);  // the process before us has renamed or removed it
        }
    }
    PartFile(const PartFile&) = delete;
    PartFile& operator=(const PartFile&) = delete;
    ~PartFile() { ::close(file_); }

    int file() const { return file_; }

    void become(const fs::path& whole) {
        if (::fsync(file_) != 0 || ::rename(path_.c_str(), whole.c_str()) != 0) {
            throw unwritable(whole);
        }
        const int folder = ::open(whole.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder >= 0) {
            ::fsync(folder);
            ::close(folder);
        }
    }
    void begin_anew() {
        if (::ftruncate(file_, 0) != 0) {
            throw unwritable(path_);
        }
    }
    void remove() { ::unlink(path_.c_str()); }
    std::string hash() const { return sha256(core::MappedFile(path_).bytes()); }

private:
    bool is_still_there() const {
        struct stat held {};
        struct stat named {};
        return ::fstat(file_, &held) == 0 && ::stat(path_.c_str(), &named) == 0 &&
               held.st_ino == named.st_ino && held.st_dev == named.st_dev;
    }

    fs::path path_;
    int file_ = -1;
};

/// Whether what has come began in an earlier connection.
bool receive_file(const PartFile& part, const Published& published, const fs::path& file,
                  const FetchControl& control) {
    const Transfer got = transfer(published.url, part.file(), control);
    switch (got.end) {
        case TransferEnd::whole:
            break;
        case TransferEnd::unwritable:
            throw unwritable(file);
        case TransferEnd::stopped:
            throw Failure(Category::data, fmt::format("stopped while {} was fetched", published.file_name),
                          "run again: the fetch goes on where it stopped");
        case TransferEnd::early:
        case TransferEnd::refused:
            throw unavailable(published, file, got.reason);
    }
    return got.resumed;
}

}  // namespace

fs::path cache_folder() {
    const fs::path own = core::environment_variable("TORCH_HOME");
    const fs::path cache = core::user_cache_folder(core::environment_variable);
    const fs::path home = !own.empty() ? own : cache.empty() ? cache : cache / "torch";
    return home.empty() ? home : home / "hub/checkpoints";
}

std::optional<fs::path> find_published(const Published& published) {
    const fs::path folder = cache_folder();
    const fs::path file = folder / fs::path(published.file_name).filename();
    if (folder.empty() || !fs::exists(file)) {
        return std::nullopt;
    }
    const std::string hash = sha256(core::MappedFile(file).bytes());
    if (!hash.starts_with(published.sha256_prefix)) {
        throw Failure(
            Category::data,
            fmt::format("{} is not what was published: its SHA-256 begins with {}, not {}", file.string(),
                        hash.substr(0, published.sha256_prefix.size()), published.sha256_prefix),
            "remove it, and run again to fetch it anew");
    }
    return file;
}

fs::path find_or_fetch(const Published& published, const FetchControl& control) {
    if (const auto found = find_published(published)) {
        return *found;
    }
    const fs::path folder = cache_folder();
    if (folder.empty()) {
        throw Failure(Category::system,
                      fmt::format("there is no folder for {}: HOME names none", published.file_name),
                      "set TORCH_HOME to a folder for published weights");
    }
    const fs::path file = folder / fs::path(published.file_name).filename();
    if (published.url.empty()) {
        throw unavailable(published, file, "nobody publishes them");
    }
    core::make_folder(file.parent_path());
    PartFile part(file.string() + ".part", control);
    if (const auto found = find_published(published)) {  // another process was quicker
        part.remove();
        return *found;
    }
    while (true) {
        const bool resumed = receive_file(part, published, file, control);
        const std::string hash = part.hash();
        if (hash.starts_with(published.sha256_prefix)) {
            part.become(file);
            return file;
        }
        part.begin_anew();
        if (!resumed) {  // what an older part began may have been another file; this was one answer
            part.remove();
            throw unavailable(
                published, file,
                fmt::format("what {} sends has a SHA-256 that begins with {}, not {}", published.url,
                            hash.substr(0, published.sha256_prefix.size()), published.sha256_prefix));
        }
    }
}

}  // namespace graft::weights
