// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/problem.hpp"

namespace graft::catalog {

/// What a plugin file says of itself in its ELF notes.
struct Entry {
    std::string kind;
    std::string id;
    std::string version;
    std::string summary;
};

struct PluginFile {
    std::filesystem::path path;
    std::map<std::string, std::string> stamp;  ///< key -> value, see graft/stamp.hpp
    std::vector<Entry> entries;
    std::string problem;  ///< why it cannot be used: every mismatch, and what to do; empty: it can
};

/// Reads one file's notes without loading it. Never throws for a bad file: `problem` says it all
/// (not ELF, truncated, no note, no descriptor symbol, other stamp, a later API level needed).
PluginFile read_plugin_file(const std::filesystem::path& path,
                            const std::map<std::string, std::string>& host_stamp);

/// Why a plugin that needs a later API level than this graft's is refused, and what to do.
std::string too_new(std::uint32_t needed);

/// A stamp's text, split into key -> value.
std::map<std::string, std::string> parse_stamp(const std::string& text);

/// The stamp of this build of graft.
std::map<std::string, std::string> host_stamp();

/// Every plugin in the folders searched, in their order; a folder that is not there is skipped, a file
/// found twice (same real path) counts once.
class Catalog {
public:
    Catalog(std::vector<std::filesystem::path> folders, const std::map<std::string, std::string>& host_stamp);

    const std::vector<std::filesystem::path>& folders() const { return folders_; }
    const std::vector<PluginFile>& files() const { return files_; }

    /// What stops every command that needs plugins: unusable files, and ids that two files claim
    /// (naming both). Empty: all is well.
    core::Problems problems() const;

    /// The file that brings it, or null.
    const PluginFile* find(const std::string& kind, const std::string& id) const;

    /// The ids of a kind, sorted.
    std::vector<std::string> ids(const std::string& kind) const;

private:
    std::vector<std::filesystem::path> folders_;
    std::vector<PluginFile> files_;
};

/// The search order: `given` (--plugin-dir), the pipeline's `plugins:`, GRAFT_PLUGIN_PATH, the user's data
/// folder ($XDG_DATA_HOME/graft/plugins), what `graft plugins add` built (installed.hpp), next to the binary
/// (../lib/graft/plugins). Never the working directory.
std::vector<std::filesystem::path> plugin_folders(const std::vector<std::string>& given,
                                                  const std::vector<std::string>& pipeline);

}  // namespace graft::catalog
