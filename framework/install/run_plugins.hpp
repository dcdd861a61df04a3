// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The plugins that a run carries: RUN/plugins/ has copies of those that it was trained with and that graft
// does not come with, run.json their hashes. A library is a program, so nothing of it is loaded before a
// person has said that the run is trusted. The hashes tell what was damaged or mixed up; they do not say who
// made it.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "catalog/catalog.hpp"
#include "core/event.hpp"
#include "install/project_record.hpp"

namespace graft::install {

/// The field of run.json that says which these plugins are.
inline constexpr const char* carried_plugins = "carried_plugins";

/// Makes RUN/plugins hold copies of `files`, those that lie there already among them, and no other library;
/// the value of the field `carried_plugins`. Throws Failure(data) where one cannot be read, Failure(system)
/// where it cannot be written.
core::Json carry(const std::vector<std::filesystem::path>& files, const std::filesystem::path& run);

class RunPlugins {
public:
    /// What the record of a run says; none where there is no run or no record. Throws Failure(data) where the
    /// field makes no sense.
    explicit RunPlugins(const std::filesystem::path& run);

    bool empty() const { return libraries_.empty(); }

    /// The folder that a run which is trusted adds before all others, so that it wins; empty where it carries
    /// nothing. Where `found` has another file that brings the same component, `notes` says that the run's is
    /// used. Throws Failure(plugin) that names all that cannot be used: a file that is missing, no plain
    /// file, not what the run recorded (with both hashes), not recorded, outside of RUN/plugins, or of
    /// another stamp.
    std::filesystem::path trusted(const catalog::Catalog& found, std::vector<std::string>& notes) const;

    /// Whether a component is one that the command cannot do without.
    using IsNeeded = std::function<bool(const std::string& kind, const std::string& id)>;

    /// For a run that nobody trusts. Throws Failure(plugin) where something is needed that `found` does not
    /// bring and the run carries: the files, their hashes, and `way`, which is how a person trusts them.
    void require(const catalog::Catalog& found, const IsNeeded& is_needed, const std::string& way) const;

private:
    std::filesystem::path path_of(const ProjectLibrary& library) const;
    std::string problem_of(const ProjectLibrary& library) const;
    void add_unrecorded(core::Problems& problems) const;
    std::string line_of(const ProjectLibrary& library) const;

    std::filesystem::path folder_;
    std::vector<ProjectLibrary> libraries_;
};

}  // namespace graft::install
