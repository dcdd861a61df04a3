// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "core/clock.hpp"
#include "core/names.hpp"
#include "core/problem.hpp"
#include "features/store.hpp"
#include "jobs.hpp"
#include "pipeline/pipeline.hpp"
#include "report/formatting.hpp"

namespace graft::app {
namespace {

using core::Json;

const Usage& features_usage() {
    static const Usage usage = {
        "features",
        "list | verify | clear",
        1,
        "What was worked out by frozen stages and is kept for the next epoch and the next run.\n"
        "list: the tables, the one that was unused for the longest time first, which goes first when "
        "features.limit is reached.\n"
        "verify: reads all rows; a damaged one is no loss, since it is worked out again.\n"
        "clear: takes away the tables that no run is using.",
        {{"folder", "DIR", "default $GRAFT_FEATURES, else graft/features in the user's cache folder", false},
         json_option()},
        "graft features list\ngraft features clear"};
    return usage;
}

double seconds_since(std::int64_t nanoseconds) {
    return core::wall_seconds() - 1e-9 * static_cast<double>(nanoseconds);
}

std::string text_of(const Json& about, const char* key) {
    const auto found = about.find(key);
    return found != about.end() && found->is_string() ? found->get<std::string>() : "?";
}

/// "stem to layer4".
std::string stages_text(const Json& about) {
    const auto found = about.find("stages");
    if (found == about.end() || !found->is_array() || found->empty()) {
        return "?";
    }
    return found->size() == 1 ? report::joined(*found)
                              : report::joined(Json::array({found->front(), found->back()}), " to ");
}

Json to_json(const features::TableInfo& table) {
    return {{"folder", table.folder.string()},
            {"rows", table.rows()},
            {"bytes", table.bytes},
            {"unused_seconds", seconds_since(table.used)},
            {"about", table.about}};
}

std::vector<std::string> row_of(const features::TableInfo& table) {
    return {table.folder.filename().string().substr(0, 12),
            report::printable(text_of(table.about, "backbone")),
            stages_text(table.about),
            report::grouped(static_cast<std::int64_t>(table.rows())),
            report::size_text(table.bytes),
            report::duration(seconds_since(table.used)) + " ago"};
}

int list(const Console& console, const std::string& folder, const std::vector<features::TableInfo>& tables) {
    Json all = Json::array();
    report::Rows rows{{"table", "backbone", "stages", "rows", "size", "last used"}};
    std::uint64_t bytes = 0;
    for (const features::TableInfo& table : tables) {
        all.push_back(to_json(table));
        rows.push_back(row_of(table));
        bytes += table.bytes;
    }
    if (console.json()) {
        console.print(Json{{"folder", folder}, {"bytes", bytes}, {"tables", all}});
    } else {
        console.print(fmt::format("{}: {} in {}\n", folder, report::size_text(bytes),
                                  report::counted(static_cast<std::int64_t>(tables.size()), "table")) +
                      (tables.empty() ? "" : report::table(rows, {3, 4})));
    }
    return 0;
}

void append(core::Problems& problems, const core::Failure& failure) {
    problems.insert(problems.end(), failure.problems().begin(), failure.problems().end());
}

int verify(const Console& console, const std::vector<features::TableInfo>& tables) {
    Json all = Json::array();
    std::string text;
    core::Problems problems;
    for (const features::TableInfo& table : tables) {
        Json entry = to_json(table);
        std::uint64_t damaged = 0;
        try {
            damaged = features::damaged_rows(table);
            entry["damaged"] = damaged;
            all.push_back(entry);
        } catch (const core::Failure& failure) {
            append(problems, failure);
            continue;
        }
        text += fmt::format("{}: {} of {} are damaged\n", table.folder.string(),
                            report::grouped(static_cast<std::int64_t>(damaged)),
                            report::counted(static_cast<std::int64_t>(table.rows()), "row"));
    }
    if (console.json()) {
        console.print(Json{{"tables", all}});
    } else {
        console.print(tables.empty() ? "there are no tables\n" : text);
    }
    core::throw_if_any(core::Category::system, problems);
    return 0;
}

int clear(const Console& console, const std::string& folder, const std::vector<features::TableInfo>& tables) {
    std::uint64_t bytes = 0;
    std::int64_t removed = 0;
    std::int64_t in_use = 0;
    core::Problems problems;
    for (const features::TableInfo& table : tables) {
        try {
            const bool gone = features::remove_table(table.folder);
            (gone ? removed : in_use) += 1;
            bytes += gone ? table.bytes : 0;
        } catch (const core::Failure& failure) {
            append(problems, failure);
        }
    }
    if (in_use == 0 && problems.empty()) {
        std::error_code error;
        std::filesystem::remove(features::index_file(folder), error);
    }
    if (console.json()) {
        console.print(Json{{"removed", removed}, {"in_use", in_use}, {"bytes", bytes}});
    } else {
        console.print(
            fmt::format("{} removed, {} freed", report::counted(removed, "table"), report::size_text(bytes)) +
            (in_use == 0 ? "\n"
                         : fmt::format("; a run uses {}, which {}\n", report::counted(in_use, "table"),
                                       in_use == 1 ? "stays" : "stay")));
    }
    core::throw_if_any(core::Category::system, problems);
    return 0;
}

}  // namespace

int list_features(const Words& words) {
    const auto arguments = parse(features_usage(), words);
    if (!arguments) {
        return 0;
    }
    const Console console = console_for(*arguments);
    const std::string action = arguments->positional().empty() ? "" : arguments->positional().front();
    const std::string folder = arguments->has("folder")
                                   ? arguments->one("folder")
                                   : features::default_folder(pipeline::process_environment()).string();
    if (action.empty()) {
        refuse(features_usage(), "list, verify or clear?");
    }
    const std::vector<features::TableInfo> tables = features::list_tables(folder);
    if (action == "list") {
        return list(console, folder, tables);
    }
    if (action == "verify") {
        return verify(console, tables);
    }
    if (action != "clear") {
        refuse(features_usage(), fmt::format("graft features cannot '{}'", action),
               core::suggest(action, {"list", "verify", "clear"}));
    }
    return clear(console, folder, tables);
}

}  // namespace graft::app
