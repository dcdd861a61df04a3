// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "catalog/catalog.hpp"
#include "core/event.hpp"

namespace graft::install {

/// A library in a folder `plugins` that graft keeps a record of: an installed project's, or a run's.
struct ProjectLibrary {
    std::string file;  ///< its name in that folder
    std::string sha256;
    std::vector<catalog::Entry> components;
};

/// What is known of an installed project: record.json beside what was built.
struct ProjectRecord {
    std::string name;
    std::string source;    ///< absolute path of the folder or archive that it was added from, or its address
    std::string registry;  ///< where the registry is that named it (PluginRegistry::place); empty: none did
    std::string registry_key;                  ///< by which that must be signed; empty: it need not be
    std::string source_sha256;                 ///< hash_of, as it was built
    std::map<std::string, std::string> stamp;  ///< of the graft that it was built for
    std::string built;                         ///< when, in UTC: "2026-01-31T12:00:00Z"
    std::vector<ProjectLibrary> libraries;
};

/// As record.json and, of libraries, run.json hold them.
core::Json to_json(const ProjectRecord& record);
core::Json to_json(const std::vector<ProjectLibrary>& libraries);

/// The inverse; throws Json::exception for what is none.
std::vector<ProjectLibrary> libraries_of(const core::Json& json);

/// Of a folder NAME. Throws Failure(data) where its record is missing or makes no sense.
ProjectRecord read_record(const std::filesystem::path& project);

/// Replaces it in one step. Throws Failure(system).
void write_record(const std::filesystem::path& project, const ProjectRecord& record);

}  // namespace graft::install
