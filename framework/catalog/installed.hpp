// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Where the user's own plugins lie. `graft plugins add` gives each project a folder:
//
//     NAME/plugins/*.so   what was built; graft looks for plugins there
//     NAME/source/        what it was built from
//     NAME/record.json    where that came from, and hashes (install/project_record.hpp)
//     NAME/build.log      what CMake and the compiler printed
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace graft::catalog {

/// $XDG_DATA_HOME, or what stands for it (XDG Base Directory Specification: relative values are ignored);
/// empty where there is no home either.
std::filesystem::path user_data_folder();

/// The folder of all projects, which need not be there; empty as user_data_folder.
std::filesystem::path installed_folder();

/// The names of the projects that are there, sorted. Names that begin with a dot are being made or taken
/// away.
std::vector<std::string> installed_names();

/// The folders of libraries of all projects, by name.
std::vector<std::filesystem::path> installed_plugin_folders();

/// The project that a library belongs to; empty: none.
std::string installed_name(const std::filesystem::path& library);

}  // namespace graft::catalog
