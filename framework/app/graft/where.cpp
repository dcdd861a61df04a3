// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "core/names.hpp"
#include "core/problem.hpp"
#include "jobs.hpp"
#include "jobs/libtorch.hpp"
#include "report/formatting.hpp"

namespace graft::app {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Failure;
using core::Json;

const Usage& where_usage() {
    static const Usage usage = {
        "where",
        "[PART]",
        1,
        "Where the parts of this graft are: its tree, the pipelines and plugins that it comes with, its "
        "pages, the\n"
        "LibTorch that it computes with and why that one. With a PART, its folder alone.",
        {json_option()},
        "graft where libtorch\ngraft run \"$(graft where configs)/synthetic.yaml\"\n"
        "cmake -B build -DCMAKE_PREFIX_PATH=\"$(graft where tree)\""};
    return usage;
}

using Parts = std::vector<std::pair<std::string, fs::path>>;

/// What lies in the tree; a build's has no pages.
Parts parts_of_tree() {
    const fs::path tree = jobs::installed_tree();
    Parts parts = {{"tree", tree}};
    for (const auto& [name, folder] : Parts{{"configs", "share/graft/configs"},
                                            {"plugins", "lib/graft/plugins"},
                                            {"docs", "share/doc/graft"}}) {
        std::error_code error;
        if (fs::is_directory(tree / folder, error)) {
            parts.emplace_back(name, tree / folder);
        }
    }
    return parts;
}

Json to_json(const Parts& parts, const std::optional<jobs::LibTorch>& libtorch) {
    Json json = Json::object();
    for (const auto& [name, folder] : parts) {
        json[name] = folder.string();
    }
    if (libtorch) {
        json["libtorch"] = {{"folder", libtorch->folder.string()},
                            {"version", libtorch->version},
                            {"cuda", libtorch->has_cuda},
                            {"place", libtorch->place}};
    }
    return json;
}

std::string table_of(const Parts& parts, const std::optional<jobs::LibTorch>& libtorch) {
    report::Rows rows;
    for (const auto& [name, folder] : parts) {
        rows.push_back({name, report::printable(folder.string()), ""});
    }
    if (libtorch) {
        rows.push_back({"libtorch", report::printable(libtorch->folder.string()),
                        fmt::format("{}{}; {}", libtorch->version, libtorch->has_cuda ? " with CUDA" : "",
                                    libtorch->place)});
    }
    return report::table(rows, {}, 0);
}

std::string folder_of(const std::string& asked, const Parts& parts) {
    std::vector<std::string> names;
    for (const auto& [name, folder] : parts) {
        if (name == asked) {
            return folder.string();
        }
        names.push_back(name);
    }
    names.emplace_back("libtorch");
    refuse(where_usage(), fmt::format("'{}' is no part of this graft", asked), core::suggest(asked, names));
}

}  // namespace

int where(const Words& words) {
    const auto arguments = parse(where_usage(), words);
    if (!arguments) {
        return 0;
    }
    const Console console = console_for(*arguments);
    const Parts parts = parts_of_tree();
    const std::string asked = arguments->positional().empty() ? "" : arguments->positional().front();
    const auto tell = [&console](const std::string& folder) {
        console.json() ? console.print(Json(folder)) : console.print(folder + "\n");
        return 0;
    };
    if (!asked.empty() && asked != "libtorch") {
        return tell(folder_of(asked, parts));
    }
    std::optional<jobs::LibTorch> libtorch;
    try {
        libtorch = jobs::find_libtorch();
    } catch (const Failure&) {
        if (asked.empty() && !console.json()) {
            console.print(table_of(parts, std::nullopt));  // what is there is told all the same
        }
        throw;
    }
    if (asked.empty()) {
        console.json() ? console.print(to_json(parts, libtorch)) : console.print(table_of(parts, libtorch));
        return 0;
    }
    if (!libtorch) {
        throw Failure(Category::system, "this build has no engine, so it has no LibTorch");
    }
    return tell(libtorch->folder.string());
}

}  // namespace graft::app
