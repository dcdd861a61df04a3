// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "catalog/entry_json.hpp"
#include "command.hpp"
#include "component_description.hpp"
#include "composition.hpp"
#include "core/problem.hpp"
#include "fetching.hpp"
#include "weights/transfer.hpp"

namespace graft::engine {
namespace {

using core::Category;
using core::Failure;
using core::Json;

/// Loads the file and tries what it brings; the reason why it cannot be used, or nothing.
std::string verify(plugin::Registry& registry, const catalog::PluginFile& file, Json& described) {
    if (!file.problem.empty()) {
        return file.problem;
    }
    try {
        for (const plugin::ComponentHandle& component : registry.load(file)) {
            for (Json& listed : described["components"]) {
                if (listed["id"] == component.id() && listed["kind"] == component.kind()) {
                    listed["options"] = options_json(component.options());
                }
            }
            if (component.kind() == "backbone") {
                ports_json(component);
            }
        }
    } catch (const Failure& failure) {
        return failure.what();
    }
    described["loads"] = true;
    described["notes"] = registry.notes(file);
    return "";
}

/// The light program does without libcurl and the thirty libraries behind it.
int fetch_for_registry(const CommandContext& context) {
    weights::download(context.text("url"), context.text("file"), fetch_control(context),
                      {context.request.at("most_bytes").get<std::uint64_t>(), true});
    context.events.emit({"result", {{"file", context.text("file")}}});
    return 0;
}

}  // namespace

int plugins(CommandContext& context) {
    if (!context.text("url").empty()) {
        return fetch_for_registry(context);
    }
    const std::string id = context.text("id");
    if (!id.empty()) {
        auto registry = open_registry(context, {});
        context.events.emit({"result", {{"component", describe_component(*registry, id)}}});
        return 0;
    }
    catalog::Catalog catalog(catalog::plugin_folders(context.texts("plugin_dirs"), {}),
                             catalog::host_stamp());
    plugin::Registry registry(catalog);
    tell_of_loading(registry, context.events);
    Json listed = Json::array();
    bool broken = false;
    const std::vector<std::string> skipped = context.texts("skip");  // those that ended an engine before
    for (const catalog::PluginFile& file : catalog.files()) {
        if (std::find(skipped.begin(), skipped.end(), file.path.string()) != skipped.end()) {
            continue;
        }
        Json described = {{"path", file.path.string()}, {"components", catalog::to_json(file.entries)}};
        described["problem"] = verify(registry, file, described);
        broken = broken || !described["problem"].get<std::string>().empty();
        listed.push_back(described);
    }
    context.events.emit({"result", {{"plugins", listed}}});
    return broken || !catalog.problems().empty() ? static_cast<int>(Category::plugin) : 0;
}

}  // namespace graft::engine
