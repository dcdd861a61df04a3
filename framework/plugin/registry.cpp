// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "plugin/registry.hpp"

#include <algorithm>
#include <set>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "core/names.hpp"
#include "pipeline/pipeline.hpp"
#include "plugin/library.hpp"
#include "plugin/missing_libraries.hpp"

namespace graft::plugin {
namespace {

using core::Category;
using core::Failure;
using core::Problems;

boost::dll::shared_library open_plugin(const std::filesystem::path& path) {
    boost::dll::shared_library library;
    std::string why_not;
    try {
        if (const std::vector<std::string> missing = missing_libraries(path); !missing.empty()) {
            throw Failure(
                unusable(path,
                         fmt::format("it needs {}, which {} not on this machine", core::listed(missing),
                                     missing.size() == 1 ? "is" : "are"),
                         "install the packages that have them, or name their folder in LD_LIBRARY_PATH"));
        }
        library = open_library(path, boost::dll::load_mode::rtld_local, why_not);
    } catch (const Failure&) {
        throw;
    } catch (const std::exception& error) {  // a static initialiser of the plugin threw
        throw unusable(path, fmt::format("it threw while it was loaded: {}", error.what()),
                       "tell its author, or take the file out of the plugin folder");
    } catch (...) {
        throw unusable(path, "it threw something that is no std::exception while it was loaded",
                       "tell its author, or take the file out of the plugin folder");
    }
    if (!library) {
        throw unusable(path, why_not, "rebuild it against this graft, or install the library it needs");
    }
    return library;
}

const Descriptor* read_descriptor(const std::filesystem::path& path) {
    const boost::dll::shared_library library = open_plugin(path);
    if (!library.has(descriptor_symbol)) {
        throw unusable(path, fmt::format("it exports no '{}'", descriptor_symbol),
                       "write GRAFT_PLUGIN(...) in one of its files and build it with graft_add_plugin()");
    }
    return library.get<std::remove_pointer_t<DescriptorFunction>>(descriptor_symbol)();
}

std::string difference(const std::map<std::string, std::string>& noted,
                       const std::map<std::string, std::string>& built) {
    std::string text;
    std::set<std::string> keys;
    for (const auto* stamp : {&noted, &built}) {
        for (const auto& [key, value] : *stamp) {
            keys.insert(key);
        }
    }
    const auto value = [](const auto& stamp, const std::string& key) {
        const auto found = stamp.find(key);
        return found == stamp.end() ? std::string("nothing") : found->second;
    };
    for (const std::string& key : keys) {
        if (value(noted, key) != value(built, key)) {
            text += fmt::format("{}{}: note {}, code {}", text.empty() ? "" : "; ", key, value(noted, key),
                                value(built, key));
        }
    }
    return text;
}

std::string component_line(const std::string& kind, const std::string& id, const std::string& version) {
    return kind + " '" + id + "' " + version;
}

/// What the notes said must be what the code says: a stale or forged note would load the wrong thing.
Problems compare_with_note(const Description& description, const catalog::PluginFile& file) {
    Problems problems;
    const auto add = [&](std::string message) { problems.push_back({{}, std::move(message), ""}); };
    const std::string stamps = difference(file.stamp, catalog::parse_stamp(description.stamp));
    if (!stamps.empty()) {
        add("its stamp differs between note and code: " + stamps);
    }
    std::set<std::string> noted;
    std::set<std::string> coded;
    for (const catalog::Entry& entry : file.entries) {
        noted.insert(component_line(entry.kind, entry.id, entry.version));
    }
    for (const Component& component : description.components) {
        coded.insert(component_line(component.kind, component.id, component.version));
    }
    for (const std::string& line : noted) {
        if (!coded.contains(line)) {
            add("its note names " + line + ", its code does not bring it");
        }
    }
    for (const std::string& line : coded) {
        if (!noted.contains(line)) {
            add("its code brings " + line + ", its note does not name it");
        }
    }
    return problems;
}

/// Options that the host would read itself, or that could never be told apart.
void check_options(const Component& component, const std::string& path, Problems& problems) {
    const OptionTable table = ComponentHandle(&component, GRAFT_API_LEVEL, path).options();
    const auto& reserved = pipeline::host_keys(component.kind);
    std::set<std::string> seen;
    const auto add = [&](const std::string& message) {
        problems.push_back({{}, fmt::format("{} '{}': {}", component.kind, component.id, message), ""});
    };
    for (const OptionSpec& spec : table) {
        if (std::find(reserved.begin(), reserved.end(), spec.name) != reserved.end()) {
            add(fmt::format("option '{}' is a key that graft itself reads there (graft's own: {})", spec.name,
                            core::listed(reserved)));
        }
        if (!seen.insert(spec.name).second) {
            add(fmt::format("option '{}' is declared twice", spec.name));
        }
    }
}

void verify(const Description& description, const catalog::PluginFile& file) {
    Problems problems = compare_with_note(description, file);
    if (problems.empty()) {
        for (const Component& component : description.components) {
            check_options(component, file.path.string(), problems);
        }
    }
    if (!problems.empty()) {
        std::string reasons;
        for (const core::Problem& problem : problems) {
            reasons += "\n  - " + problem.message;
        }
        throw unusable(file.path, reasons, "tell its author, or rebuild it from a clean folder");
    }
}

}  // namespace

Registry::Registry(catalog::Catalog catalog) : catalog_(std::move(catalog)) {}

std::vector<ComponentHandle> Registry::load(const catalog::PluginFile& file) {
    const Description& description = description_of(file);
    std::vector<ComponentHandle> components;
    for (const Component& component : description.components) {
        components.emplace_back(&component, description.api_level_built, file.path.string());
    }
    return components;
}

const Description& Registry::description_of(const catalog::PluginFile& file) {
    const std::string path = file.path.string();
    const auto known = loaded_.find(path);
    if (known != loaded_.end()) {
        return *known->second;
    }
    if (!file.problem.empty()) {
        throw Failure(Category::plugin, file.problem);
    }
    if (before_loading_) {
        before_loading_(file.path);
    }
    const auto over = [&] {
        if (after_loading_) {
            after_loading_(file.path);
        }
    };
    try {
        auto description = std::make_unique<Description>();
        const Caller caller{"plugin", path, "", {}};
        call(caller, "load", {},
             [&] { read_description(read_descriptor(file.path), file.path, *description); });
        verify(*description, file);
        loaded_.emplace(path, std::move(description));
    } catch (...) {
        over();
        throw;
    }
    over();
    return *loaded_.at(path);
}

std::vector<std::string> Registry::notes(const catalog::PluginFile& file) const {
    const auto known = loaded_.find(file.path.string());
    return known == loaded_.end() ? std::vector<std::string>{} : known->second->notes;
}

ComponentHandle Registry::find(const std::string& kind, const std::string& id, const core::Place& place,
                               Problems& problems) {
    const catalog::PluginFile* file = catalog_.find(kind, id);
    if (file == nullptr) {
        std::vector<std::string> folders;
        for (const auto& folder : catalog_.folders()) {
            folders.push_back(folder.string());
        }
        const std::vector<std::string> known = catalog_.ids(kind);
        const std::string hint = core::suggest(id, known);
        problems.push_back({place, fmt::format("no plugin brings the {} '{}'", kind, id),
                            (hint.empty() ? fmt::format("there is no {} at all", kind) : hint) +
                                fmt::format("; searched: {}", core::listed(folders))});
        return {};
    }
    for (const ComponentHandle& component : load(*file)) {
        if (component.kind() == kind && component.id() == id) {
            return component;
        }
    }
    throw unusable(file->path, fmt::format("its note names {} '{}', its code does not bring it", kind, id),
                   "rebuild it from a clean folder");
}

}  // namespace graft::plugin
