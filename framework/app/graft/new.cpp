// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "catalog/catalog.hpp"
#include "command.hpp"
#include "core/names.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "jobs.hpp"
#include "jobs/libtorch.hpp"
#include "jobs/program.hpp"
#include "report/formatting.hpp"
#include "start/project.hpp"

namespace graft::app {
namespace {

namespace fs = std::filesystem;
using core::Json;

const Usage& new_usage() {
    static const Usage usage = {
        "new",
        "backbone|head|dataset|loss NAME",
        2,
        "Writes a plugin's project: a small component that works, its test, a pipeline that trains with it,\n"
        "and what CMake and a CI need. NAME is the component's id.",
        {{"dir", "DIR", "the project's folder, new or empty; default: NAME", false},
         plugin_dir_option(),
         json_option()},
        "graft new head cosine_head"};
    return usage;
}

/// Whether CMake finds this graft by itself: it looks beside every folder of PATH that is called bin.
bool is_on_path() {
    const fs::path found = jobs::find_program("graft");
    std::error_code error;
    return !found.empty() && fs::equivalent(found.parent_path(), jobs::installed_tree() / "bin", error);
}

/// One command a line, for the folder where graft was started.
std::vector<std::string> next_commands(const start::Project& project) {
    const std::string graft =
        is_on_path() ? "graft" : core::shell_word((jobs::installed_tree() / "bin/graft").string());
    const std::string where =
        is_on_path() ? "" : " -DCMAKE_PREFIX_PATH=" + core::shell_word(jobs::installed_tree().string());
    return {"cd " + core::shell_word(project.folder.string()),
            "cmake -B build" + where + " && cmake --build build -j",
            "ctest --test-dir build --output-on-failure", fmt::format("{} run {}.yaml", graft, project.name)};
}

void show(const Console& console, const start::Project& project, const std::vector<std::string>& files) {
    const std::vector<std::string> commands = next_commands(project);
    if (console.json()) {
        console.print(Json{{"folder", project.folder.string()}, {"files", files}, {"next", commands}});
        return;
    }
    std::string text = fmt::format("{} holds the {} {}:\n", report::printable(project.folder.string()),
                                   project.kind, project.name);
    for (const std::string& file : files) {
        text += "  " + file + "\n";
    }
    text += "\nnext:\n";
    for (const std::string& command : commands) {
        text += "  " + command + "\n";
    }
    console.print(text);
}

}  // namespace

int new_project(const Words& words) {
    const auto arguments = parse(new_usage(), words);
    if (!arguments) {
        return 0;
    }
    const std::vector<std::string>& given = arguments->positional();
    const std::vector<std::string>& kinds = start::project_kinds();
    if (given.empty()) {
        refuse(new_usage(), "which kind of plugin?", "allowed: " + core::listed(kinds));
    }
    if (std::find(kinds.begin(), kinds.end(), given.front()) == kinds.end()) {
        refuse(new_usage(), fmt::format("'{}' is no kind of plugin", given.front()),
               core::suggest(given.front(), kinds));
    }
    if (given.size() < 2) {
        refuse(new_usage(), fmt::format("which name shall the {} have?", given.front()));
    }
    const Console console = console_for(*arguments);
    const catalog::Catalog catalog(catalog::plugin_folders(plugin_dirs(*arguments), {}),
                                   catalog::host_stamp());
    const start::Project project = {given[0], given[1],
                                    arguments->has("dir") ? arguments->one("dir") : given[1]};
    core::throw_if_any(core::Category::pipeline, start::name_problems(project.kind, project.name, catalog));
    show(console, project, start::write_project(project, jobs::installed_tree() / "share/graft/template"));
    return 0;
}

}  // namespace graft::app
