// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace graft::jobs {

/// Where graft keeps for a user what outlives a command: $GRAFT_STATE, else $XDG_STATE_HOME/graft, else
/// ~/.local/state/graft; empty without any of them.
std::filesystem::path state_folder(const std::map<std::string, std::string>& environment);

/// Makes the folder and those above it, for the user alone (0700) where it was not there. Throws
/// Failure(system).
void make_private_folder(const std::filesystem::path& folder);

/// Whether a file system, by `f_type` of statfs(2), is one that other machines may write to at the same time.
/// SQLite's write-ahead log needs memory that all writers share, so it cannot be used there.
bool is_of_a_network(long type);

/// The same of the file system that holds a folder; true where nobody can tell.
bool lies_in_a_network(const std::filesystem::path& folder);

}  // namespace graft::jobs
