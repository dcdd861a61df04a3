// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The folder in which features of frozen stages are kept, for all runs of a user:
//
//   files          what picture files held (FileIndex)
//   KEY/about.json what the rows of the table are
//   KEY/used       touched when it is opened, and locked while it is open
//   KEY/turn       locked by who works out rows
//   KEY/keys, rows the table
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "features/file_index.hpp"
#include "features/table.hpp"

namespace graft::features {

/// $GRAFT_FEATURES, else $XDG_CACHE_HOME/graft/features, else ~/.cache/graft/features; empty without HOME.
std::filesystem::path default_folder(const std::map<std::string, std::string>& environment);

/// Of a store's folder.
std::filesystem::path index_file(const std::filesystem::path& folder);

/// A table of the folder, as `graft features` lists it.
struct TableInfo {
    std::filesystem::path folder;
    core::Json about;
    std::uint64_t bytes = 0;
    std::int64_t used = 0;  ///< when it was opened last, nanoseconds since 1970
    std::uint64_t rows() const;
};

/// By their last use, the longest ago first. A folder that is not there has none.
std::vector<TableInfo> list_tables(const std::filesystem::path& folder);

/// Takes a table away unless somebody has it open; whether it did. Throws Failure(system) where that cannot
/// be done.
bool remove_table(const std::filesystem::path& folder);

/// How many rows of a table are damaged. Throws Failure(system) where its files cannot be opened.
std::uint64_t damaged_rows(const TableInfo& info);

/// The folder as one process sees it. Thread-safety: one thread, but for `files` and what FeatureTable
/// allows.
class FeatureStore {
public:
    /// `limit`: bytes that all tables together may take. Throws Failure(system).
    FeatureStore(std::filesystem::path folder, std::uint64_t limit);

    const std::filesystem::path& folder() const { return folder_; }
    FileIndex& files() { return files_; }

    /// The table of a key; `about` says what its rows are, for people. It is not taken away while the pointer
    /// lives. Throws Failure(system).
    std::shared_ptr<FeatureTable> open(const std::string& key, core::Json about, std::size_t row_bytes);

    /// Whether there is a table of that key.
    bool has(const std::string& key) const;

    /// Whether so many more bytes fit; tables that nobody has open go for it, the longest unused first.
    bool make_room(std::uint64_t bytes) const;

private:
    std::filesystem::path folder_;
    std::uint64_t limit_;
    FileIndex files_;
};

}  // namespace graft::features
