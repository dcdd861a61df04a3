// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "features/shared_file.hpp"

namespace graft::features {

/// The picture that a row was worked out from.
struct Origin {
    std::uint64_t key = 0;    ///< of the row: a hash of the picture's bytes and of how it was changed
    std::int32_t height = 0;  ///< as people see it
    std::int32_t width = 0;
    std::uint16_t orientation = 1;  ///< by EXIF, 1 to 8
    bool is_transparent = false;    ///< some pixel is not opaque
    bool has_several = false;       ///< the file holds more frames or pages
    std::uint8_t bits = 8;          ///< of a sample as it is stored
    std::int32_t highest = 0;       ///< the largest sample, where it has 16 bits
};

/// Rows of one length by their keys, in two files that several processes read and grow at the
/// same time: `rows`, and `keys` with an entry a row, written after the row itself. Whoever is killed while
/// writing leaves whole rows alone, and a row whose bytes changed since is taken for absent.
///
/// Rows are read by pread(2) instead of being mapped: the system keeps one copy of them in memory either way,
/// and a disk that fails, or a file that somebody cuts short, gives an error where a mapping ends the
/// process.
///
/// Thread-safety: `read` from any thread, the others from one.
class FeatureTable {
public:
    /// Opens the table of a folder, or makes it. Throws Failure(system).
    FeatureTable(std::filesystem::path folder, std::size_t row_bytes);

    const std::filesystem::path& folder() const { return folder_; }
    std::size_t row_bytes() const { return row_bytes_; }

    /// Rows that are known here; `refresh` also sees what other processes added.
    std::size_t size() const;
    void refresh();

    /// Copies a row into `to` (row_bytes long); nothing where there is none that is whole.
    std::optional<Origin> read(std::uint64_t key, std::span<std::byte> to) const;

    /// Adds the rows that are not there yet; `rows` holds one an origin. Throws Failure(system), for a full
    /// disk too: the table is then as it was.
    void add(const std::vector<Origin>& origins, std::span<const std::byte> rows);

    /// How many rows are whole. Reads all of them.
    std::uint64_t whole() const;

    /// Bytes that a row takes on the disk.
    std::size_t bytes_a_row() const;

    /// Other processes that fill the table wait while it lives, so that no row is worked out twice. It waits
    /// `patience` seconds at most; `held` says whether it has the turn.
    class Turn {
    public:
        Turn(const FeatureTable& table, double patience);
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

        bool held() const { return held_; }

    private:
        const SharedFile& file_;
        bool held_;
    };

private:
    struct Entry;
    struct RowPlace {
        std::uint64_t number = 0;
        std::uint64_t checksum = 0;
        Origin origin;
    };

    std::uint64_t whole_rows() const;

    std::filesystem::path folder_;
    std::size_t row_bytes_;
    SharedFile rows_;
    SharedFile keys_;
    SharedFile turn_;
    std::uint64_t seen_ = 0;    ///< entries of `keys` that were read
    mutable std::mutex mutex_;  ///< guards places_
    std::unordered_map<std::uint64_t, RowPlace> places_;
};

}  // namespace graft::features
