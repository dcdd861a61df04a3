// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Where Pythons keep their packages, read from files: no Python runs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace graft::jobs {

/// Folders of packages (site-packages, dist-packages) of all Pythons below a prefix like /usr or that of an
/// environment. Of a virtual environment that lets packages of its base be seen, those too, after its own.
std::vector<std::filesystem::path> packages_below(const std::filesystem::path& prefix);

/// Those of the Python among whose packages a folder lies; none where it lies elsewhere.
std::vector<std::filesystem::path> packages_of_owner(const std::filesystem::path& folder);

/// Those of the first python3 on the PATH.
std::vector<std::filesystem::path> packages_on_path();

/// What `pip install --user` installs: below $PYTHONUSERBASE, else ~/.local.
std::vector<std::filesystem::path> packages_of_user();

}  // namespace graft::jobs
