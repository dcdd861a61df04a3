// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>

namespace graft::install {

/// Extracts an archive by `cmake -E tar` into a new folder. Before that its list is looked at: it must hold
/// nothing but files and folders, none of them outside of it, and no more than sources are. Throws
/// Failure(data) for an archive that is not so, or that cannot be read; Failure(system) where there is no
/// CMake.
void extract(const std::filesystem::path& archive, const std::filesystem::path& into);

}  // namespace graft::install
