// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A plugin's project of its own, made from the template of its kind. Files alone: nothing is built or
// started.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "catalog/catalog.hpp"
#include "core/problem.hpp"

namespace graft::start {

struct Project {
    std::string kind;  ///< "backbone", "head", "dataset", "loss"
    std::string name;  ///< the component's id, and that of target, library and files
    std::filesystem::path folder;
};

/// The kinds that there are templates for.
const std::vector<std::string>& project_kinds();

/// What is wrong with a name: letters, words that CMake or YAML have for themselves, and those that a plugin
/// of the catalogue has.
core::Problems name_problems(const std::string& kind, const std::string& name,
                             const catalog::Catalog& catalog);

/// "cosine_head" -> "CosineHead", the class.
std::string class_name(const std::string& name);

/// Writes the project: the files of `templates`/common and `templates`/KIND, with the names in place of the
/// templates' own. The folder is new or empty. A new one is there whole or not at all; one that is there is
/// filled name by name, so a kill may leave a part. Returns the files, relative to the folder, sorted. Throws
/// Failure(pipeline) where the folder holds something, is a file or a dangling link, or another process
/// writes into it, Failure(system) where a template is not there or nothing can be written.
std::vector<std::string> write_project(const Project& project, const std::filesystem::path& templates);

}  // namespace graft::start
