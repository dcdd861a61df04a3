// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "features/file_index.hpp"

#include <cstring>
#include <ctime>
#include <span>
#include <system_error>
#include <utility>

#include <sys/stat.h>

#include "core/files.hpp"
#include "core/hash.hpp"
#include "core/problem.hpp"
#include "features/shared_file.hpp"

namespace graft::features {
namespace {

constexpr std::int64_t nanoseconds = 1'000'000'000;

std::int64_t in_nanoseconds(const timespec& time) {
    return static_cast<std::int64_t>(time.tv_sec) * nanoseconds + time.tv_nsec;
}

/// What stands before each path in the file.
struct Head {
    std::uint64_t checksum = 0;  ///< of all that follows, the path too
    std::uint64_t path_bytes = 0;
    FileState state;
    std::int64_t moment = 0;
    std::uint64_t content = 0;
};
static_assert(sizeof(Head) == 72);

std::uint64_t checksum_of(std::string_view entry) {
    return core::hash64(entry.substr(sizeof(std::uint64_t)));
}

/// Two runs may give one picture by two relative paths.
std::string key_of(const std::filesystem::path& path) {
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(path, error);
    return (error ? path : absolute.lexically_normal()).string();
}

}  // namespace

std::optional<FileState> state_of(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return std::nullopt;
    }
    return FileState{status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
                     in_nanoseconds(status.st_mtim), in_nanoseconds(status.st_ctim)};
}

FileIndex::FileIndex(std::filesystem::path file) : file_(std::move(file)) {
    try {
        take_entries(core::read_file(file_));
    } catch (const core::Failure&) {
        return;  // whatever it held is found out anew
    }
}

/// Up to the first that is not whole: a process was killed there.
void FileIndex::take_entries(std::string_view bytes) {
    while (bytes.size() >= sizeof(Head)) {
        Head head;
        std::memcpy(&head, bytes.data(), sizeof(head));
        if (head.path_bytes > bytes.size() - sizeof(Head)) {
            return;
        }
        const std::string_view entry = bytes.substr(0, sizeof(Head) + head.path_bytes);
        if (head.checksum != checksum_of(entry)) {
            return;
        }
        known_[std::string(entry.substr(sizeof(Head)))] = {head.state, head.moment, head.content};
        bytes.remove_prefix(entry.size());
        end_ += entry.size();
    }
}

std::int64_t FileIndex::now() {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
    return in_nanoseconds(time);
}

std::optional<std::uint64_t> FileIndex::content(const std::filesystem::path& path) const {
    const std::optional<FileState> state = state_of(path);
    if (!state) {
        return std::nullopt;
    }
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(key_of(path));
    if (found == known_.end() || found->second.state != *state || state->changed >= found->second.moment) {
        return std::nullopt;
    }
    return found->second.content;
}

void FileIndex::note(const std::filesystem::path& path, const FileState& before, std::int64_t moment,
                     std::uint64_t content) {
    std::string key = key_of(path);
    const std::lock_guard lock(mutex_);
    Known& known = known_[key];
    if (known.state == before && known.moment > before.changed && known.content == content) {
        return;
    }
    known = {before, moment, content};
    unsaved_.push_back(std::move(key));
}

std::uint64_t FileIndex::content_or_read(const std::filesystem::path& path) {
    if (const auto known = content(path)) {
        return *known;
    }
    const std::int64_t moment = now();
    const std::optional<FileState> before = state_of(path);
    const std::uint64_t found = core::hash64(core::read_file(path));
    if (before) {
        note(path, *before, moment, found);
    }
    return found;
}

std::string FileIndex::packed(const std::string& path, const Known& known) {
    const Head head{0, path.size(), known.state, known.moment, known.content};
    std::string entry(reinterpret_cast<const char*>(&head), sizeof(head));
    entry += path;
    const std::uint64_t checksum = checksum_of(entry);
    std::memcpy(entry.data(), &checksum, sizeof(checksum));
    return entry;
}

void FileIndex::save() {
    const std::lock_guard lock(mutex_);
    if (unsaved_.empty()) {
        return;
    }
    core::make_folder(file_.parent_path());
    const SharedFile file(file_);
    const auto held = file.lock();
    std::unordered_map<std::string, Known> own;
    for (const std::string& path : unsaved_) {
        own[path] = known_[path];
    }
    if (file.size() < end_) {
        end_ = 0;  // somebody took the old one away
    }
    if (const std::uint64_t size = file.size(); size > end_) {
        std::string bytes(size - end_, '\0');
        take_entries(file.read(std::as_writable_bytes(std::span(bytes)), end_) ? bytes : "");
    }
    std::string entries;
    for (const auto& [path, known] : own) {
        known_[path] = known;
        entries += packed(path, known);
    }
    file.write(std::as_bytes(std::span(entries)), end_);
    file.cut(end_ + entries.size());
    end_ += entries.size();
    unsaved_.clear();
}

std::size_t FileIndex::size() const {
    const std::lock_guard lock(mutex_);
    return known_.size();
}

}  // namespace graft::features
