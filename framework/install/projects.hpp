// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The user's own plugins, built on this machine (catalog/installed.hpp has the folders). A project is made
// beside the others under a name that nobody looks at, and renamed when all is well: what is there is whole,
// whatever happens.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "install/project_record.hpp"
#include "install/registry.hpp"
#include "install/source.hpp"

namespace graft::install {

/// Looks at a library that was built, before it is used: throws Failure where it cannot be.
using Check = std::function<void(const std::filesystem::path& library)>;

/// What became of a project.
enum class Change { none, built_again, source_changed };

/// Why a project may be built again.
struct ProjectState {
    bool other_stamp = false;  ///< it was built for another graft
    bool is_remote = false;  ///< its registry is another machine's, which is not asked; then no more is known
    bool source_there = false;    ///< where it was added from
    bool source_changed = false;  ///< since then
};
ProjectState state_of(const ProjectRecord& record);

/// One process at a time. Throws Failure(system) where another one works on the same folder.
class Projects {
public:
    explicit Projects(std::filesystem::path folder);

    /// Builds a project and puts it in place. `registry`: the one that named it, or none. Throws
    /// Failure(pipeline) where the name cannot be one or is taken, Failure(plugin) where it cannot be built
    /// or used, or brings what another plugin brings; then nothing has changed.
    ProjectRecord add(const FoundSource& source, const PluginRegistry& registry, const std::string& name,
                      const Check& check);

    /// Builds a project again where its source has changed or it was built for another graft: from where it
    /// came from, or from its copy where that is gone. Throws as `add`, and where a registry cannot be used;
    /// then it stays as it was.
    Change update(const std::string& name, const Check& check, const Fetch& fetch);

    /// Throws Failure(pipeline) where there is none of that name.
    void remove(const std::string& name);

private:
    ProjectRecord build(const FoundSource& from, ProjectRecord record, const Check& check);
    FoundSource copy_of(const ProjectRecord& record) const;
    void put_in_place(const std::string& name);
    void require(const std::string& name) const;

    std::filesystem::path folder_;
    core::FolderLock lock_;
};

}  // namespace graft::install
