// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "features/file_index.hpp"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <functional>
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
constexpr std::int64_t day = 86'400 * nanoseconds;
constexpr std::uint64_t slack = 1 << 16;  ///< bytes of the file that no entry needs any more

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

template <class Entries>
std::uint64_t bytes_of(const Entries& entries) {
    std::uint64_t bytes = 0;
    for (const auto& [path, known] : entries) {
        bytes += sizeof(Head) + path.size();
    }
    return bytes;
}

template <class Entries>
std::vector<std::string> paths_of(const Entries& entries) {
    std::vector<std::string> paths;
    paths.reserve(entries.size());
    for (const auto& [path, known] : entries) {
        paths.push_back(path);
    }
    return paths;
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

FileIndex::FileIndex(std::filesystem::path file, std::size_t limit) : file_(std::move(file)), limit_(limit) {
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
        NotedFile& known = known_[std::string(entry.substr(sizeof(Head)))];
        known = {head.state, head.moment, head.content, known.is_asked_for};
        bytes.remove_prefix(entry.size());
        last_ = end_;
        proof_ = head.checksum;
        end_ += entry.size();
    }
}

std::int64_t FileIndex::now() {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
    return in_nanoseconds(time);
}

std::optional<std::uint64_t> FileIndex::content(const std::filesystem::path& path) {
    const std::int64_t moment = now();
    const std::optional<FileState> state = state_of(path);
    if (!state) {
        return std::nullopt;
    }
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(key_of(path));
    if (found == known_.end() || found->second.state != *state || state->changed >= found->second.moment) {
        return std::nullopt;
    }
    NotedFile& known = found->second;
    known.is_asked_for = true;
    if (moment - known.moment > day) {
        known.moment = moment;
        unsaved_.push_back(found->first);
    }
    return known.content;
}

void FileIndex::note(const std::filesystem::path& path, const FileState& before, std::int64_t moment,
                     std::uint64_t content) {
    std::string key = key_of(path);
    const std::lock_guard lock(mutex_);
    NotedFile& known = known_[key];
    if (known.state == before && known.moment > before.changed && known.content == content) {
        known.is_asked_for = true;
        return;
    }
    known = {before, moment, content, true};
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

std::string FileIndex::packed(const std::string& path, const NotedFile& known) {
    const Head head{0, path.size(), known.state, known.moment, known.content};
    std::string entry(reinterpret_cast<const char*>(&head), sizeof(head));
    entry += path;
    const std::uint64_t checksum = checksum_of(entry);
    std::memcpy(entry.data(), &checksum, sizeof(checksum));
    return entry;
}

/// From where this object stopped reading, or from the start where another process wrote the file anew.
void FileIndex::take_what_others_wrote(const SharedFile& file) {
    std::uint64_t there = 0;
    const bool is_same =
        end_ <= file.size() &&
        (end_ == 0 || (file.read(std::as_writable_bytes(std::span(&there, 1)), last_) && there == proof_));
    end_ = is_same ? end_ : 0;
    if (const std::uint64_t size = file.size(); size > end_) {
        std::string bytes(size - end_, '\0');
        take_entries(file.read(std::as_writable_bytes(std::span(bytes)), end_) ? bytes : "");
    }
}

/// Behind what was read; whatever stands there is not whole.
void FileIndex::append(const SharedFile& file, const std::vector<std::string>& paths) {
    std::string entries;
    std::uint64_t last = last_;
    for (const std::string& path : paths) {
        last = end_ + entries.size();
        entries += packed(path, known_.at(path));
    }
    file.write(std::as_bytes(std::span(entries)), end_);
    file.cut(end_ + entries.size());
    end_ += entries.size();
    last_ = last;
    file.read(std::as_writable_bytes(std::span(&proof_, 1)), last_);
}

/// Where there are too many: all goes but what this object was asked for and the youngest of the rest;
/// whether anything went.
bool FileIndex::forget() {
    if (known_.size() <= limit_) {
        return false;
    }
    std::vector<std::pair<std::int64_t, std::string>> others;
    for (const auto& [path, known] : known_) {
        if (!known.is_asked_for) {
            others.emplace_back(known.moment, path);
        }
    }
    const std::size_t asked_for = known_.size() - others.size();
    const std::size_t room = asked_for < limit_ / 2 ? limit_ / 2 - asked_for : 0;
    std::sort(others.begin(), others.end(), std::greater<>());
    for (std::size_t index = std::min(room, others.size()); index < others.size(); ++index) {
        known_.erase(others[index].second);
    }
    return room < others.size();
}

void FileIndex::save() {
    const std::lock_guard lock(mutex_);
    if (unsaved_.empty()) {
        return;
    }
    // What cannot be saved is found out again by the next process; nobody is told of it a second time.
    const std::vector<std::string> unsaved = std::exchange(unsaved_, {});
    core::make_folder(file_.parent_path());
    const SharedFile file(file_);
    const auto held = file.lock();
    Entries own;
    for (const std::string& path : unsaved) {
        own[path] = known_[path];
    }
    take_what_others_wrote(file);
    std::vector<std::string> paths;
    paths.reserve(own.size());
    for (const auto& [path, known] : own) {
        known_[path] = known;
        paths.push_back(path);
    }
    if (forget() || end_ > 2 * bytes_of(known_) + slack) {
        paths = paths_of(known_);
        end_ = 0;  // whoever is killed while it is written anew leaves a shorter index
    }
    append(file, paths);
}

std::size_t FileIndex::size() const {
    const std::lock_guard lock(mutex_);
    return known_.size();
}

}  // namespace graft::features
