// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "install/projects.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "catalog/installed.hpp"
#include "core/names.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "install/build.hpp"
#include "install/scratch.hpp"
#include "weights/sha256.hpp"

namespace graft::install {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;

// Beside projects; names with a dot in front are none.
constexpr const char* being_made = ".new-";
constexpr const char* taken_away = ".old-";
constexpr const char* logs = ".logs";

bool is_name(const std::string& name) {
    constexpr std::size_t longest = 100;
    const auto is_letter = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= '0' && letter <= '9') || letter == '_';
    };
    return !name.empty() && name.size() <= longest && is_letter(name.front()) &&
           std::all_of(name.begin(), name.end(),
                       [&](char letter) { return is_letter(letter) || letter == '-' || letter == '.'; });
}

void move_folder(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::rename(from, to, error);
    if (error) {
        throw Failure(Category::system, fmt::format("'{}' cannot be moved to '{}': {}", from.string(),
                                                    to.string(), error.message()));
    }
}

void take_away(const fs::path& folder) {
    std::error_code error;
    fs::remove_all(folder, error);
    if (error) {
        throw Failure(Category::system,
                      fmt::format("'{}' cannot be removed: {}", folder.string(), error.message()));
    }
}

/// What a process that was ended left: a project that was not finished goes, one whose place was not taken
/// comes back.
void tidy(const fs::path& folder) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with(being_made)) {
            take_away(entry.path());
        } else if (name.starts_with(taken_away)) {
            const fs::path place = folder / name.substr(std::string(taken_away).size());
            fs::exists(place) ? take_away(entry.path()) : move_folder(entry.path(), place);
        }
    }
}

void refuse_clash(const std::vector<catalog::Entry>& own, const std::vector<catalog::Entry>& others,
                  const std::string& whose) {
    for (const catalog::Entry& entry : own) {
        for (const catalog::Entry& other : others) {
            if (entry.kind == other.kind && entry.id == other.id) {
                throw Failure(Category::plugin,
                              fmt::format("it brings the {} '{}', and so does {}", entry.kind, entry.id,
                                          core::name_to_text(whose)),
                              "give it another id, or remove the other plugin");
            }
        }
    }
}

/// Ids that some other file brings already would stop every command.
void refuse_clashes(const ProjectRecord& project, const ProjectLibrary& library) {
    const catalog::Catalog found(catalog::plugin_folders({}, {}), catalog::host_stamp());
    for (const catalog::PluginFile& file : found.files()) {
        if (catalog::installed_name(file.path) != project.name) {
            refuse_clash(library.components, file.entries, file.path.string());
        }
    }
    for (const ProjectLibrary& other : project.libraries) {
        refuse_clash(library.components, other.components, "its " + other.file);
    }
}

ProjectLibrary looked_at(const fs::path& file, const ProjectRecord& project) {
    const catalog::PluginFile read = catalog::read_plugin_file(file, catalog::host_stamp());
    if (!read.problem.empty()) {
        throw Failure(Category::plugin, fmt::format("{} {}", file.filename().string(), read.problem));
    }
    ProjectLibrary library{file.filename().string(), weights::sha256_of_file(file), read.entries};
    refuse_clashes(project, library);
    return library;
}

std::string now() {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", parts);
}

/// The problems of a failure as those of building `name`, with the place of the log where there is one.
Failure of_project(const Failure& failure, const ProjectRecord& record, const fs::path& log) {
    core::Problems problems = failure.problems();
    problems.front().message =
        fmt::format("{} was not {}: {}", record.name, record.built.empty() ? "added" : "built again",
                    problems.front().message);
    std::error_code error;
    if (fs::exists(log, error)) {
        std::string& remedy = problems.back().remedy;
        remedy += (remedy.empty() ? "" : "\n  ") + ("all that was printed: " + log.string());
    }
    return Failure(failure.category(), std::move(problems));
}

PluginRegistry registry_of(const ProjectRecord& record) {
    return {record.registry, record.registry_key};
}

/// Where a project comes from, as that is now.
struct Origin {
    std::string sha256;   ///< empty: it is gone
    PluginSource source;  ///< of a folder or an archive
    Offer offer;          ///< of a registry, which has not been asked for more
};

Origin origin_of(const ProjectRecord& record, const Fetch& fetch) {
    Origin origin;
    if (!record.registry.empty()) {
        if (RegistryFiles(record.registry, fetch).may_be_there()) {
            origin.offer = offer_of(registry_of(record), record.name, fetch);
            origin.sha256 = origin.offer.sha256;
        }
        return origin;
    }
    try {
        origin.source = find_source(record.source);
        origin.sha256 = hash_of(origin.source);
    } catch (const Failure&) {
        origin.sha256 = "";  // the copy is there
    }
    return origin;
}

core::FolderLock locked(const fs::path& folder) {
    if (folder.empty()) {
        throw Failure(Category::system, "it is not known where your data lie, so no plugin can be added",
                      "set XDG_DATA_HOME or HOME to the absolute path of a folder");
    }
    core::make_folder(folder);
    std::optional<core::FolderLock> lock = core::FolderLock::take(folder);
    if (!lock) {
        throw Failure(Category::system, fmt::format("another graft is at work in '{}'", folder.string()),
                      "try again when it is done");
    }
    return std::move(*lock);
}

}  // namespace

ProjectState state_of(const ProjectRecord& record) {
    ProjectState state;
    state.other_stamp = record.stamp != catalog::host_stamp();
    state.is_remote = is_remote(record.registry);
    try {
        const std::string hash = state.is_remote ? "" : origin_of(record, {}).sha256;
        state.source_there = !hash.empty();
        state.source_changed = state.source_there && hash != record.source_sha256;
    } catch (const Failure&) {
        state.source_there = false;  // an update says what is wrong with the registry
    }
    return state;
}

Projects::Projects(fs::path folder) : folder_(std::move(folder)), lock_(locked(folder_)) {
    tidy(folder_);
}

ProjectRecord Projects::add(const FoundSource& source, const PluginRegistry& registry,
                            const std::string& name, const Check& check) {
    if (!is_name(name)) {
        throw Failure(Category::pipeline,
                      fmt::format("'{}' cannot be the name of an installed plugin", core::name_to_text(name)),
                      "--name NAME: letters, digits, `_`, `-` and `.`, a letter or digit first");
    }
    if (fs::exists(folder_ / name)) {
        throw Failure(
            Category::pipeline, fmt::format("there is a plugin '{}' already", name),
            fmt::format("`graft plugins update {}` builds it again; --name NAME adds another one", name));
    }
    ProjectRecord record;
    record.name = name;
    record.registry = registry.place;
    record.registry_key = registry.key;
    return build(source, std::move(record), check);
}

Change Projects::update(const std::string& name, const Check& check, const Fetch& fetch) {
    require(name);
    const ProjectRecord record = read_record(folder_ / name);
    const bool other_stamp = record.stamp != catalog::host_stamp();
    Origin origin;
    try {
        origin = origin_of(record, fetch);
    } catch (const Failure& failure) {
        if (failure.category() != Category::system || !other_stamp) {
            throw of_project(failure, record, "");
        }  // a machine that cannot be reached: the copy is there
    }
    const bool changed = !origin.sha256.empty() && origin.sha256 != record.source_sha256;
    if (!changed && !other_stamp) {
        return Change::none;
    }
    const ScratchFolder scratch;
    FoundSource from = {origin.source, origin.sha256, record.source};
    if (origin.sha256.empty() || (!changed && !record.registry.empty())) {
        from = copy_of(record);
    } else if (!record.registry.empty()) {
        from = offered_source(registry_of(record), origin.offer, fetch, scratch.folder());
    }
    build(from, record, check);
    return changed ? Change::source_changed : Change::built_again;
}

FoundSource Projects::copy_of(const ProjectRecord& record) const {
    return {find_source((folder_ / record.name / "source").string()), record.source_sha256, record.source};
}

void Projects::remove(const std::string& name) {
    require(name);
    move_folder(folder_ / name, folder_ / (being_made + name));  // half a folder would be found
    take_away(folder_ / (being_made + name));
}

void Projects::require(const std::string& name) const {
    const std::vector<std::string> names = catalog::installed_names();
    if (std::find(names.begin(), names.end(), name) == names.end()) {
        throw Failure(Category::pipeline, fmt::format("no plugin '{}' was added", core::name_to_text(name)),
                      core::suggest(name, names));
    }
}

ProjectRecord Projects::build(const FoundSource& from, ProjectRecord record, const Check& check) {
    const std::string name = record.name;
    const PluginSource& source = from.source;
    record.source = from.place;
    record.source_sha256 = from.sha256;
    const fs::path work = folder_ / (being_made + name);
    const fs::path log = folder_ / logs / (name + ".log");
    std::error_code ignored;
    fs::remove(log, ignored);
    try {
        core::make_folder(work / "plugins");
        core::make_folder(log.parent_path());
        unpack(source, work / "source");
        const fs::path known_as = source.is_archive ? fs::path("source") : source.path;
        for (const fs::path& built : build_plugins(work / "source", known_as, work / "build", log)) {
            fs::copy_file(built, work / "plugins" / built.filename());
        }
        take_away(work / "build");
        record.libraries.clear();
        for (const fs::directory_entry& file : fs::directory_iterator(work / "plugins")) {
            record.libraries.push_back(looked_at(file.path(), record));
            check(file.path());
        }
        record.stamp = catalog::host_stamp();
        record.built = now();
        move_folder(log, work / "build.log");
        write_record(work, record);
        put_in_place(name);
        return record;
    } catch (const Failure& failure) {
        fs::remove_all(work, ignored);
        throw of_project(failure, record, log);
    } catch (const fs::filesystem_error& error) {
        fs::remove_all(work, ignored);
        throw of_project(Failure(Category::system, error.what()), record, log);
    }
}

void Projects::put_in_place(const std::string& name) {
    const fs::path made = folder_ / (being_made + name);
    const fs::path place = folder_ / name;
    const fs::path before = folder_ / (taken_away + name);
    // In one step, so that a command which begins meanwhile finds the one or the other.
    if (fs::exists(place) &&
        ::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0) {
        take_away(made);
        return;
    }
    if (fs::exists(place)) {  // the file system cannot do that
        move_folder(place, before);
    }
    move_folder(made, place);
    if (fs::exists(before)) {
        take_away(before);
    }
}

}  // namespace graft::install
