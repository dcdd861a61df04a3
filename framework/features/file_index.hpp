// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace graft::features {

class SharedFile;

/// What tells one state of a file from another without reading it. Times in nanoseconds since 1970.
struct FileState {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t modified = 0;
    std::int64_t changed = 0;  ///< of the inode: no program can set it

    bool operator==(const FileState&) const = default;
};

/// Nothing for what is no plain file.
std::optional<FileState> state_of(const std::filesystem::path& path);

/// What files held when they were read, so that a picture that nobody touched need not be read again. An
/// entry serves while the file's state is the one that was noted, and only if the file had not changed in the
/// very tick of the clock in which it was read.
///
/// One file that several processes append to; a killed one leaves entries whole or absent. It does not grow
/// for ever: what was not asked for longest goes, but nothing that this object was asked for. Thread-safety:
/// any thread.
class FileIndex {
public:
    static constexpr std::size_t usual_limit = 200'000;  ///< entries; about 30 MB, read when a run begins

    /// Reads the index; an empty one where there is none or it cannot be read. `limit`: entries.
    explicit FileIndex(std::filesystem::path file, std::size_t limit = usual_limit);

    /// XXH3-64 of what the file holds; nothing where that is not known for certain.
    std::optional<std::uint64_t> content(const std::filesystem::path& path);

    /// The same, by reading the file where need be. Throws Failure(data).
    std::uint64_t content_or_read(const std::filesystem::path& path);

    /// The clock by which the system stamps files. To be read before the file is.
    static std::int64_t now();

    /// `before`: the state that the file had at `moment`, before it was read.
    void note(const std::filesystem::path& path, const FileState& before, std::int64_t moment,
              std::uint64_t content);

    /// Appends what was noted, or writes all anew where there is too much. Throws Failure(system). What could
    /// not be written is not tried again.
    void save();

    std::size_t size() const;

private:
    struct NotedFile {
        FileState state;
        std::int64_t moment = 0;  ///< when it was so last
        std::uint64_t content = 0;
        bool is_asked_for = false;  ///< of this object
    };
    using Entries = std::unordered_map<std::string, NotedFile>;

    void take_entries(std::string_view bytes);
    void take_what_others_wrote(const SharedFile& file);
    void append(const SharedFile& file, const std::vector<std::string>& paths);
    bool forget();
    static std::string packed(const std::string& path, const NotedFile& known);

    std::filesystem::path file_;
    std::size_t limit_;
    mutable std::mutex mutex_;
    std::uint64_t end_ = 0;    ///< of the entries that were read
    std::uint64_t last_ = 0;   ///< where the last of them begins
    std::uint64_t proof_ = 0;  ///< its checksum
    Entries known_;
    std::vector<std::string> unsaved_;
};

}  // namespace graft::features
