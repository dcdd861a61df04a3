// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "installed_plugins.hpp"

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "catalog/installed.hpp"
#include "core/names.hpp"
#include "core/problem.hpp"
#include "core/text.hpp"
#include "install/projects.hpp"
#include "install/registry.hpp"
#include "install/scratch.hpp"
#include "install/signature.hpp"
#include "jobs.hpp"
#include "report/formatting.hpp"

namespace graft::app {
namespace {

namespace fs = std::filesystem;
using core::Category;
using core::Json;
using install::Change;
using install::ProjectRecord;

/// An engine loads the library: what only loading shows must not be found out by a run.
install::Check loading(const Console& console) {
    return [&console](const fs::path& library) {
        const jobs::Outcome outcome =
            run_job({library.filename().string(),
                     {{"command", "verify"}, {"file", library.string()}, {"list", true}}},
                    console);
        if (!outcome.error.empty()) {
            throw core::Failure(Category::plugin, outcome.error);
        }
        if (outcome.exit_code != 0) {
            throw core::Failure(Category::system, "it was stopped");
        }
    };
}

/// "head cosine_head 0.1.0, loss lead_by 0.1.0".
std::string components_text(const ProjectRecord& record) {
    std::string text;
    for (const install::ProjectLibrary& library : record.libraries) {
        for (const catalog::Entry& entry : library.components) {
            text += fmt::format("{}{} {} {}", text.empty() ? "" : ", ", entry.kind, entry.id, entry.version);
        }
    }
    return report::printable(text);
}

std::string path_text(const std::string& path) {
    return report::printable(core::name_to_text(path));
}

fs::path folder_of(const std::string& name) {
    return catalog::installed_folder() / name;
}

Json told(const ProjectRecord& record) {
    Json json = install::to_json(record);
    json["folder"] = core::name_to_text(folder_of(record.name).string());
    return json;
}

/// Building takes a while and says nothing; standard error says what is going on.
void announce(const Console& console, const std::string& text) {
    if (!console.json()) {
        console.err().out << text << "\n" << std::flush;
    }
}

/// An engine fetches: this program does without libcurl and the thirty libraries behind it.
install::Fetch fetching(const Console& console) {
    return [&console](const std::string& url, const fs::path& file, std::uint64_t most_bytes) {
        const jobs::Outcome outcome = run_job(
            {url,
             {{"command", "plugins"}, {"url", url}, {"file", file.string()}, {"most_bytes", most_bytes}}},
            console);
        if (!outcome.error.empty() || outcome.exit_code != 0) {
            throw core::Failure(Category::system, outcome.error.empty() ? "it was stopped" : outcome.error);
        }
    };
}

/// The key that a registry was held to before, when a plugin of it was added; empty: none.
std::string remembered_key(const std::string& place) {
    for (const std::string& name : catalog::installed_names()) {
        try {
            const ProjectRecord record = install::read_record(folder_of(name));
            if (record.registry == place && !record.registry_key.empty()) {
                return record.registry_key;
            }
        } catch (const core::Failure&) {
            continue;  // `list` tells of it
        }
    }
    return "";
}

install::PluginRegistry registry_of(const Arguments& arguments) {
    if (!arguments.has("from")) {
        return {};
    }
    install::PluginRegistry registry{install::registry_place(arguments.one("from")), ""};
    registry.key = arguments.has("key") ? install::read_public_key(arguments.one("key"))
                                        : remembered_key(registry.place);
    return registry;
}

int list_offers(const install::PluginRegistry& registry, const Console& console) {
    Json all = Json::array();
    report::Rows rows = {{"plugin", "what it is", "source"}};
    for (const install::Offer& offer : install::offers_of(registry, fetching(console))) {
        all.push_back({{"name", offer.name},
                       {"summary", offer.summary},
                       {"source", offer.source},
                       {"sha256", offer.sha256}});
        rows.push_back({path_text(offer.name), report::printable(offer.summary), path_text(offer.source)});
    }
    if (console.json()) {
        console.print(Json{{"plugins", all}});
    } else {
        console.print(report::table(rows, {}, 0));
    }
    return 0;
}

install::FoundSource source_of(const install::PluginRegistry& registry, const std::string& word,
                               const fs::path& scratch, const Console& console) {
    if (registry.place.empty()) {
        const install::PluginSource source = install::find_source(word);
        return {source, install::hash_of(source), source.path.string()};
    }
    const install::Fetch fetch = fetching(console);
    return install::offered_source(registry, install::offer_of(registry, word, fetch), fetch, scratch);
}

int add(const Usage& usage, const Arguments& arguments, const Console& console) {
    const std::vector<std::string>& words = arguments.positional();
    if (words.size() < 2) {
        refuse(usage, "add which plugin?", "name the folder of its source, or an archive of it");
    }
    if (words.size() > 2) {
        refuse(usage, "one plugin is added at a time");
    }
    if (arguments.has("from") && arguments.has("name")) {
        refuse(usage, "a plugin of a registry has the name that it has there: leave --name out");
    }
    const install::PluginRegistry registry = registry_of(arguments);
    const install::ScratchFolder scratch;
    const install::FoundSource source = source_of(registry, words[1], scratch.folder(), console);
    const std::string name = !registry.place.empty() ? words[1]
                             : arguments.has("name") ? arguments.one("name")
                                                     : install::name_of(source.source);
    install::Projects projects(catalog::installed_folder());
    announce(console, fmt::format("building {} ...", path_text(name)));
    const ProjectRecord record = projects.add(source, registry, name, loading(console));
    if (console.json()) {
        console.print(told(record));
    } else {
        console.print(fmt::format("{} is added: {}\n  from {}\n  into {}\n", name, components_text(record),
                                  path_text(record.source), path_text(folder_of(name).string())));
    }
    return 0;
}

/// What `update` would do, and why.
std::string state_text(const install::ProjectState& state, bool has_registry) {
    if (state.other_stamp) {
        return "built for another graft: update";
    }
    if (state.is_remote) {
        return "of another machine, which update asks";
    }
    if (!state.source_there) {
        return has_registry ? "its registry cannot be used, the copy is there"
                            : "its source is gone, the copy is there";
    }
    return state.source_changed ? "its source has changed: update" : "as its source";
}

int list(const Usage& usage, const Arguments& arguments, const Console& console) {
    if (arguments.positional().size() > 1) {
        refuse(usage,
               fmt::format("`graft plugins list` takes no word behind it: '{}'", arguments.positional()[1]),
               "`graft plugins show ID` explains one component");
    }
    if (arguments.has("from")) {
        return list_offers(registry_of(arguments), console);
    }
    Json all = Json::array();
    report::Rows rows = {{"plugin", "components", "state", "from"}};
    std::string broken;
    for (const std::string& name : catalog::installed_names()) {
        try {
            const ProjectRecord record = install::read_record(folder_of(name));
            const install::ProjectState state = install::state_of(record);
            rows.push_back({name, components_text(record), state_text(state, !record.registry.empty()),
                            path_text(record.source)});
            all.push_back(told(record));
            const auto known = [&](bool value) { return state.is_remote ? Json() : Json(value); };
            all.back()["state"] = {{"other_stamp", state.other_stamp},
                                   {"source_there", known(state.source_there)},
                                   {"source_changed", known(state.source_changed)}};
        } catch (const core::Failure& failure) {
            broken += std::string(failure.what()) + "\n";
            all.push_back({{"name", core::name_to_text(name)}, {"problem", failure.what()}});
        }
    }
    if (console.json()) {
        console.print(Json{{"plugins", all}});
    } else if (all.empty()) {
        console.print(std::string("no plugin was added; `graft plugins` lists those that are found\n"));
    } else {
        console.print((rows.size() > 1 ? report::table(rows, {}, 0) : "") + broken);
    }
    return broken.empty() ? 0 : static_cast<int>(Category::data);
}

int remove(const Usage& usage, const Arguments& arguments, const Console& console) {
    const std::vector<std::string>& words = arguments.positional();
    if (words.size() < 2) {
        refuse(usage, "remove which plugin?", "added: " + core::listed(catalog::installed_names()));
    }
    install::Projects projects(catalog::installed_folder());
    Json removed = Json::array();
    for (std::size_t index = 1; index < words.size(); ++index) {
        projects.remove(words[index]);
        removed.push_back(words[index]);
        if (!console.json()) {
            console.print(words[index] + " is removed\n");
        }
    }
    if (console.json()) {
        console.print(Json{{"removed", removed}});
    }
    return 0;
}

const char* change_text(Change change) {
    switch (change) {
        case Change::none:
            return "as it was";
        case Change::built_again:
            return "built again for this graft";
        case Change::source_changed:
            return "built again, since its source has changed";
    }
    return "";
}

int update(const Usage& usage, const Arguments& arguments, const Console& console) {
    const std::vector<std::string>& words = arguments.positional();
    std::vector<std::string> names(words.begin() + 1, words.end());
    if (names.empty()) {
        names = catalog::installed_names();
    }
    if (names.empty()) {
        refuse(usage, "no plugin was added that could be updated");
    }
    install::Projects projects(catalog::installed_folder());
    core::Problems problems;
    Category worst = Category::plugin;
    Json all = Json::array();
    for (const std::string& name : names) {
        try {
            const Change change = projects.update(name, loading(console), fetching(console));
            all.push_back({{"name", name}, {"built", change != Change::none}});
            if (!console.json()) {
                console.print(fmt::format("{}: {}\n", name, change_text(change)));
            }
        } catch (const core::Failure& failure) {  // the others may well be built
            worst = failure.category();
            problems.insert(problems.end(), failure.problems().begin(), failure.problems().end());
        }
    }
    if (console.json()) {
        console.print(Json{{"plugins", all}});
    }
    core::throw_if_any(worst, problems);
    return 0;
}

}  // namespace

const std::vector<std::string>& plugin_actions() {
    static const std::vector<std::string> actions = {"add", "list", "remove", "update"};
    return actions;
}

std::vector<OptionRow> plugin_action_options() {
    return {{"name", "NAME", "with add: what the plugin is called, in place of its folder's name", false},
            {"from", "REGISTRY", "with add NAME: the plugin of that name there; with list: all that it has",
             false},
            {"key", "FILE", "with --from: refuse the registry unless this public key has signed it", false}};
}

int change_plugins(const Usage& usage, const Arguments& arguments, const Console& console) {
    const std::string action = arguments.positional().front();
    if (arguments.has("plugin-dir")) {
        refuse(usage,
               fmt::format("`graft plugins {}` takes no --plugin-dir: it works in the user's own folder",
                           action));
    }
    if (arguments.has("name") && action != "add") {
        refuse(usage, "--name goes with add alone");
    }
    if (arguments.has("key") && !arguments.has("from")) {
        refuse(usage, "--key goes with --from: it says who must have signed that registry");
    }
    if (arguments.has("from") && action != "add" && action != "list") {
        refuse(usage, "--from goes with add and list alone");
    }
    return action == "add"      ? add(usage, arguments, console)
           : action == "list"   ? list(usage, arguments, console)
           : action == "remove" ? remove(usage, arguments, console)
                                : update(usage, arguments, console);
}

}  // namespace graft::app
