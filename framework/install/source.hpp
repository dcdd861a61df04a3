// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <string>

namespace graft::install {

/// What a plugin is built from: a folder with a CMakeLists.txt, or an archive (.tar, .tar.gz, .zip, ...) of
/// one.
struct PluginSource {
    std::filesystem::path path;  ///< absolute
    bool is_archive = false;
};

/// A source, as it is now.
struct FoundSource {
    PluginSource source;
    std::string sha256;  ///< hash_of
    std::string place;   ///< where it is, for people and for an update: a path, or an address
};

/// Throws Failure(data) where there is neither.
PluginSource find_source(const std::string& path);

/// What the plugin is called unless the user says otherwise: the folder's name, or the archive's without its
/// ending. It may be no allowed name.
std::string name_of(const PluginSource& source);

/// SHA-256 of the archive, or of the names and contents of the folder's files. Hidden folders, folders of
/// builds and of runs are no source. Throws Failure(data) where a file cannot be read, a link leads out of
/// the folder, or it holds more than sources do.
std::string hash_of(const PluginSource& source);

/// Copies or extracts the source into `into`, which must not be there, so that its CMakeLists.txt is right
/// below. No file of an archive lands outside; links in archives are refused. Throws Failure(data) for the
/// source, Failure(system) where nothing can be written or CMake is missing; `into` and the folder `archive`
/// beside it may then be partly there.
void unpack(const PluginSource& source, const std::filesystem::path& into);

}  // namespace graft::install
