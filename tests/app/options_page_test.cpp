// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// docs/options.md is made from the tables by which graft checks the options of its own plugins.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "app/command_line.hpp"
#include "app/engine.hpp"
#include "report/results.hpp"
#include "support/generated_page.hpp"

namespace {

using graft::tests::Json;
using graft::tests::parse_json;

/// Text as a cell of a table in Markdown.
std::string cell(const std::string& text) {
    std::string shown;
    for (const char letter : text) {
        shown += letter == '|' ? std::string("\\|") : std::string(1, letter);
    }
    return shown;
}

std::string code(const std::string& text) {
    return text.empty() ? "" : "`" + cell(text) + "`";
}

std::string option_table(const Json& options) {
    if (options.empty()) {
        return "No options.\n";
    }
    std::string text = "| option | type | default | allowed | meaning |\n|---|---|---|---|---|\n";
    const graft::report::Rows rows = graft::report::option_rows(options);
    for (std::size_t row = 1; row < rows.size(); ++row) {
        const bool is_value = rows[row][2] != "required" && rows[row][2] != "none";
        text += "| `" + rows[row][0] + "` | " + rows[row][1] + " | " +
                (is_value ? code(rows[row][2]) : rows[row][2]) + " | " + code(rows[row][3]) + " | " +
                cell(rows[row][4]) + " |\n";
    }
    return text;
}

/// Components of a kind that have one table, under one heading.
struct Family {
    Json options;
    std::vector<std::pair<std::string, std::string>> members;  ///< id, summary
};

std::vector<Family> families(const std::vector<Json>& components, const std::string& kind) {
    std::vector<Family> found;
    for (const Json& component : components) {
        if (component["kind"] != kind) {
            continue;
        }
        auto family = found.begin();
        while (family != found.end() && family->options != component["options"]) {
            ++family;
        }
        if (family == found.end()) {
            family = found.insert(found.end(), {component["options"], {}});
        }
        family->members.emplace_back(component["id"], component["summary"]);
    }
    return found;
}

std::string section(const std::vector<Json>& components, const std::string& kind, const std::string& title) {
    std::string text = "## " + title + "\n\n";
    for (const Family& family : families(components, kind)) {
        std::string heading;
        std::string summaries;
        for (const auto& [id, summary] : family.members) {
            heading += (heading.empty() ? "### `" : ", `") + id + "`";
            summaries += family.members.size() == 1 ? summary + ".\n" : "- `" + id + "`: " + summary + "\n";
        }
        text += heading + "\n\n" + summaries + "\n" + option_table(family.options) + "\n";
    }
    return text;
}

/// What lies in the build's own folder of plugins.
std::vector<Json> own_components() {
    const graft::tests::CommandLine line;
    const graft::tests::Printed printed = line.graft({"plugins", "--json"});
    CAPTURE(printed.err);
    REQUIRE(printed.exit_code == 0);
    std::vector<Json> components;
    const Json result = parse_json(printed.out);
    for (const Json& plugin : result["plugins"]) {
        for (const Json& component : plugin["components"]) {
            components.push_back(component);
        }
    }
    return components;
}

}  // namespace

TEST_CASE("docs/options.md has every option of the plugins that graft comes with") {
    if (!graft::tests::has_engine()) {
        return;
    }
    const std::vector<Json> components = own_components();
    REQUIRE(components.size() > 10);
    graft::tests::check_generated(
        "options.md", "the plugins' own tables by GRAFT_UPDATE=1 test-app",
        section(components, "backbone", "Backbones") + section(components, "head", "Heads") +
            section(components, "loss", "Losses") + section(components, "dataset", "Data sets"));
}
