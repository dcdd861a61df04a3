// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Which images a command line means.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace graft::app {

/// The word that means an image on standard input.
inline constexpr const char* standard_input = "-";

/// The words as names of files and folders: one that is none, but a pattern (`*`, `?`, `[..]`, `{..}`), gives
/// what it matches, in the order of names. So a pattern works in quotes, too, and where a shell's list would
/// be too long. Throws Failure(data) for a pattern that matches nothing.
std::vector<std::string> images_meant(const std::vector<std::string>& words);

/// Names of a file, one a line; empty lines are passed over. "-" is standard input. Throws Failure(data).
std::vector<std::string> images_listed(const std::string& file);

/// What comes on standard input, in a file for as long as the object lives.
class SpooledInput {
public:
    /// Reads to the end. Throws Failure(data) where nothing comes, or more than a picture may have, and
    /// Failure(system).
    SpooledInput();
    ~SpooledInput();
    SpooledInput(const SpooledInput&) = delete;
    SpooledInput& operator=(const SpooledInput&) = delete;

    std::string file() const { return file_.string(); }

private:
    std::filesystem::path file_;
};

}  // namespace graft::app
