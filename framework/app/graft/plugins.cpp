// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <csignal>
#include <map>

#include <fmt/format.h>

#include "catalog/catalog.hpp"
#include "catalog/entry_json.hpp"
#include "command.hpp"
#include "core/names.hpp"
#include "installed_plugins.hpp"
#include "jobs.hpp"
#include "jobs/signals.hpp"
#include "report/results.hpp"
#include "verify.hpp"

namespace graft::app {
namespace {

using core::Category;
using core::Json;
using jobs::Outcome;

std::vector<OptionRow> options() {
    std::vector<OptionRow> rows = {plugin_dir_option()};
    const std::vector<OptionRow> more = verify_options();
    const std::vector<OptionRow> actions = plugin_action_options();
    rows.insert(rows.end(), actions.begin(), actions.end());
    rows.insert(rows.end(), more.begin(), more.end());
    rows.push_back(verbose_option());
    rows.push_back(json_option());
    return rows;
}

const Usage& plugins_usage() {
    static const Usage usage = {
        "plugins",
        "[[show] ID | add SOURCE | list | update [NAME...] | remove NAME...]",
        std::size_t(-1),
        "Lists every plugin found, with the reason where one cannot be used; each is "
        "loaded to find out. With an\n"
        "id: its options, ports, stages and an example. With --verify: whether a "
        "plugin keeps what its kinds\n"
        "promise; 0 where no case fails, 3 where one does.\n"
        "add: builds a plugin from the folder of its source, or an archive of it, into "
        "your own folder of plugins,\n"
        "where every command finds it; this runs the source's CMakeLists.txt. list: those "
        "that were added. update: builds\n"
        "again what was built for another graft, or whose source has changed. remove: takes "
        "plugins away.\n"
        "A registry is a folder of sources with an index.json, here or at https://.",
        options(),
        "graft plugins resnet18\n"
        "graft plugins add cosine_head\n"
        "graft plugins --verify build/lib/graft/plugins/my_head.so"};
    return usage;
}

/// The engine's list; for a plugin that crashed the engine, what the notes in its file say.
class Listing {
public:
    explicit Listing(std::vector<std::string> folders)
        : folders_(std::move(folders)),
          catalog_(catalog::plugin_folders(folders_, {}), catalog::host_stamp()) {}

    /// Loads every plugin in an engine, again without the one that ended it, as often as it takes.
    Outcome load(const Console& console) {
        while (true) {
            Json skip = Json::array();
            for (const auto& [path, reason] : deadly_) {
                skip.push_back(path);
            }
            const Outcome outcome = run_job(
                {"plugins", {{"command", "plugins"}, {"id", ""}, {"plugin_dirs", folders_}, {"skip", skip}}},
                console);
            const std::string path = outcome.stop_wanted ? "" : tried_last(outcome);
            if (path.empty() || !deadly_.try_emplace(path, reason(outcome)).second) {
                return outcome;
            }
        }
    }

    bool is_deadly(const std::string& path) const { return deadly_.count(path) > 0; }

    /// The file that ended the engine: the one it was loading, the one whose component it was calling, or,
    /// because each is tried as soon as it is loaded, the one loaded last. Empty: none did.
    std::string tried_last(const Outcome& outcome) const {
        if (!outcome.loading.empty()) {
            return outcome.loading;
        }
        if (!outcome.died || outcome.signal == SIGKILL) {
            return "";
        }
        const catalog::PluginFile* called = catalog_.find(outcome.crash.kind, outcome.crash.id);
        return called != nullptr ? called->path.string() : outcome.loaded;
    }

    Json merged(const Json& loaded) const {
        Json plugins = Json::array();
        for (const catalog::PluginFile& file : catalog_.files()) {
            plugins.push_back(described(file, loaded));
        }
        for (const core::Problem& problem : catalog_.problems()) {
            for (Json& plugin : plugins) {
                if (plugin["path"] == problem.place.file && plugin["problem"] == "") {
                    plugin["problem"] = problem.message + "\n  " + problem.remedy;
                }
            }
        }
        return {{"plugins", plugins}};
    }

private:
    /// This command alone may name the file loaded last: here the engine tries each right after loading it.
    static std::string reason(const Outcome& outcome) {
        if (!outcome.loading.empty() || !outcome.crash.kind.empty()) {
            return outcome.error;
        }
        return outcome.signal == 0 ? "ended graft-engine when it was tried"
                                   : fmt::format("ended graft-engine by {} when it was tried",
                                                 jobs::signal_text(outcome.signal));
    }

    Json described(const catalog::PluginFile& file, const Json& loaded) const {
        const std::string path = file.path.string();
        Json plugin = {
            {"path", path}, {"problem", file.problem}, {"components", catalog::to_json(file.entries)}};
        const auto deadly = deadly_.find(path);
        if (deadly != deadly_.end()) {
            plugin["problem"] = deadly->second;
            return plugin;
        }
        for (const Json& other : loaded) {
            if (other.value("path", std::string()) == path) {
                plugin.update(other);
                return plugin;
            }
        }
        if (file.problem.empty()) {
            plugin["problem"] = "was not tried, because another plugin ended the engine";
        }
        return plugin;
    }

    std::vector<std::string> folders_;
    catalog::Catalog catalog_;
    std::map<std::string, std::string> deadly_;  ///< path -> how the engine ended
};

int list_all(const Console& console, const std::vector<std::string>& folders) {
    Listing listing(folders);
    const Outcome outcome = listing.load(console);
    if (!outcome.error.empty() && !listing.is_deadly(listing.tried_last(outcome))) {
        return console.fail(outcome.exit_code, outcome.error);
    }
    const Json result = listing.merged(
        outcome.result.is_object() ? outcome.result.value("plugins", Json::array()) : Json::array());
    if (console.json()) {
        console.print(result);
    } else {
        console.print(report::plugins_text(result, console.out()));
    }
    for (const Json& plugin : result["plugins"]) {
        if (plugin["problem"] != "") {
            return static_cast<int>(Category::plugin);
        }
    }
    return outcome.exit_code;
}

int show_one(const Console& console, const std::vector<std::string>& folders, const std::string& id) {
    const Outcome outcome =
        run_job({id, {{"command", "plugins"}, {"id", id}, {"plugin_dirs", folders}}}, console);
    if (!outcome.error.empty()) {
        return console.fail(outcome.exit_code, outcome.error);
    }
    const Json component = outcome.result.value("component", Json::object());
    if (console.json()) {
        console.print(component);
    } else {
        console.print(report::component_text(component, console.out()));
    }
    return outcome.exit_code;
}

bool is_action(const std::string& word) {
    const std::vector<std::string>& actions = plugin_actions();
    return std::find(actions.begin(), actions.end(), word) != actions.end();
}

/// The id that is asked about: ID, or show ID, where it is a word that is an action, too. Empty: none.
std::string id_in(const std::vector<std::string>& words) {
    const bool shows = !words.empty() && words.front() == "show";
    if (shows && words.size() == 1) {
        refuse(plugins_usage(), "show which component?", "name its id; `graft plugins` lists all");
    }
    const std::size_t most = shows ? 2 : 1;
    if (words.size() > most) {
        std::vector<std::string> known = plugin_actions();
        known.emplace_back("show");
        const std::string& word = words[shows ? most : 0];
        refuse(plugins_usage(), fmt::format("graft plugins does not know what to do with '{}'", word),
               shows ? "one component is shown at a time" : core::suggest(word, known));
    }
    return words.empty() ? "" : words.back();
}

void refuse_action_options(const Arguments& arguments) {
    for (const OptionRow& row : plugin_action_options()) {
        if (arguments.has(row.name)) {
            refuse(plugins_usage(), fmt::format("--{} goes with `graft plugins add` alone", row.name));
        }
    }
}

}  // namespace

int plugins(const Words& words) {
    const auto arguments = parse(plugins_usage(), words);
    if (!arguments) {
        return 0;
    }
    const Console console = console_for(*arguments);
    if (arguments->has("verify")) {
        refuse_action_options(*arguments);
        if (arguments->one("verify").empty()) {
            refuse(plugins_usage(), "--verify names no file");
        }
        return verify_plugin(plugins_usage(), *arguments, console);
    }
    refuse_verify_options(plugins_usage(), *arguments);
    const std::vector<std::string>& given = arguments->positional();
    if (!given.empty() && is_action(given.front())) {
        return change_plugins(plugins_usage(), *arguments, console);
    }
    const std::string id = id_in(given);
    refuse_action_options(*arguments);
    const std::vector<std::string> folders = plugin_dirs(*arguments);
    return id.empty() ? list_all(console, folders) : show_one(console, folders, id);
}

}  // namespace graft::app
