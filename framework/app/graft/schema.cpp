// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "schema.hpp"

#include <fmt/format.h>

#include "command.hpp"
#include "core/files.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "jobs.hpp"
#include "pipeline/schema.hpp"
#include "report/formatting.hpp"

namespace graft::app {
namespace {

using core::Json;

const Usage& schema_usage() {
    static const Usage usage = {
        "schema",
        "",
        0,
        "Prints a JSON Schema (draft-07) of pipeline files, with every plugin found and its options: editors "
        "that\n"
        "know the YAML language server complete keys and mark mistakes by it, where a pipeline's first line "
        "is\n"
        "  # yaml-language-server: $schema=graft.schema.json",
        {{"out", "FILE", "write it there, in place of what is there, instead of printing it", false},
         plugin_dir_option(),
         verbose_option(),
         json_option()},
        "graft schema --out graft.schema.json"};
    return usage;
}

}  // namespace

Json schema_of_pipelines(const Console& console, const std::vector<std::string>& plugin_folders) {
    const jobs::Outcome outcome = run_job(
        {"schema",
         {{"command", "plugins"}, {"id", ""}, {"plugin_dirs", plugin_folders}, {"skip", Json::array()}}},
        console);
    if (!outcome.result.is_object()) {
        throw core::Failure(static_cast<core::Category>(outcome.exit_code),
                            outcome.error.empty() ? "the plugins could not be listed" : outcome.error,
                            "`graft plugins` tells which of them cannot be used");
    }
    Json components = Json::array();
    for (const Json& file : outcome.result.value("plugins", Json::array())) {
        if (const std::string problem = report::text(file, "problem"); !problem.empty()) {
            console.err().out << fmt::format("left out: {}: {}\n", report::text(file, "path"), problem);
            continue;
        }
        for (const Json& component : file.value("components", Json::array())) {
            components.push_back(component);
        }
    }
    return pipeline::json_schema(components);
}

int schema(const Words& words) {
    const auto arguments = parse(schema_usage(), words);
    if (!arguments) {
        return 0;
    }
    const Console console = console_for(*arguments);
    const Json schema = schema_of_pipelines(console, plugin_dirs(*arguments));
    const std::string text = core::json_text(schema, 2) + "\n";
    if (!arguments->has("out")) {
        console.json() ? console.print(schema) : console.print(text);
        return 0;
    }
    core::write_atomically(arguments->one("out"), text);
    if (console.json()) {
        console.print(Json{{"schema", arguments->one("out")}});
    }
    return 0;
}

}  // namespace graft::app
