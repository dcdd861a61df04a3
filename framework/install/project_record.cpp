// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "install/project_record.hpp"

#include <cstdint>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "catalog/entry_json.hpp"
#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"

namespace graft::install {
namespace {

namespace fs = std::filesystem;
using core::Json;

constexpr const char* file_name = "record.json";
constexpr std::uint64_t longest = 1U << 20U;

}  // namespace

Json to_json(const std::vector<ProjectLibrary>& libraries) {
    Json all = Json::array();
    for (const ProjectLibrary& library : libraries) {
        all.push_back({{"file", core::name_to_text(library.file)},
                       {"sha256", library.sha256},
                       {"components", catalog::to_json(library.components)}});
    }
    return all;
}

std::vector<ProjectLibrary> libraries_of(const Json& json) {
    std::vector<ProjectLibrary> libraries;
    for (const Json& each : json) {
        ProjectLibrary library{core::text_to_name(each.at("file").get<std::string>()), each.at("sha256"), {}};
        for (const Json& entry : each.at("components")) {
            library.components.push_back(
                {entry.at("kind"), entry.at("id"), entry.at("version"), entry.at("summary")});
        }
        libraries.push_back(std::move(library));
    }
    return libraries;
}

Json to_json(const ProjectRecord& record) {
    return {{"name", record.name},
            {"source", core::name_to_text(record.source)},
            {"registry", core::name_to_text(record.registry)},
            {"registry_key", record.registry_key},
            {"source_sha256", record.source_sha256},
            {"stamp", record.stamp},
            {"built", record.built},
            {"libraries", to_json(record.libraries)}};
}

ProjectRecord read_record(const fs::path& project) {
    std::error_code error;
    try {
        const Json json = fs::is_regular_file(project / file_name, error)
                              ? core::parse_json(core::read_file(project / file_name, longest))
                              : Json();
        ProjectRecord record{json.at("name"),          json.at("source"),
                             json.at("registry"),      json.value("registry_key", std::string()),
                             json.at("source_sha256"), json.at("stamp"),
                             json.at("built"),         libraries_of(json.at("libraries"))};
        record.source = core::text_to_name(record.source);
        record.registry = core::text_to_name(record.registry);
        return record;
    } catch (const Json::exception&) {
        throw core::Failure(
            core::Category::data,
            fmt::format("'{}' is no record of a plugin that was added",
                        core::name_to_text((project / file_name).string())),
            fmt::format("`graft plugins remove {}` takes it away, `graft plugins add` builds it anew",
                        core::shell_word(project.filename().string())));
    }
}

void write_record(const fs::path& project, const ProjectRecord& record) {
    core::write_atomically(project / file_name, core::json_text(to_json(record), 2) + "\n");
}

}  // namespace graft::install
