// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "plugin/registry.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/names.hpp"
#include "pipeline/pipeline.hpp"

namespace graft::plugin {
namespace {

using core::Category;
using core::Failure;
using core::Problems;

Failure unusable(const std::filesystem::path& path, const std::string& reason, const std::string& remedy) {
    return Failure(Category::plugin, fmt::format("plugin '{}' cannot be used: {}", path.string(), reason),
                   remedy);
}

void* open_library(const std::filesystem::path& path) {
    // <dlfcn.h> declares dlopen as one that never throws, and the compiler would drop the handlers below;
    // but what a static initialiser of the plugin throws does come out of it.
    void* (*const volatile open)(const char*, int) = ::dlopen;
    void* library = nullptr;
    try {
        library = open(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    } catch (const std::exception& error) {  // a static initialiser of the plugin threw
        throw unusable(path, fmt::format("it threw while it was loaded: {}", error.what()),
                       "tell its author, or take the file out of the plugin folder");
    } catch (...) {
        throw unusable(path, "it threw something that is no std::exception while it was loaded",
                       "tell its author, or take the file out of the plugin folder");
    }
    if (library == nullptr) {
        throw unusable(path, ::dlerror(), "rebuild it against this graft, or install the library it needs");
    }
    return library;
}

const Descriptor* read_descriptor(const std::filesystem::path& path) {
    void* symbol = ::dlsym(open_library(path), descriptor_symbol);
    if (symbol == nullptr) {
        throw unusable(path, fmt::format("it exports no '{}'", descriptor_symbol),
                       "write GRAFT_PLUGIN(...) in one of its files and build it with graft_add_plugin()");
    }
    const Descriptor* descriptor = reinterpret_cast<DescriptorFunction>(symbol)();
    if (descriptor == nullptr) {
        throw unusable(path, "its descriptor is null",
                       "use the macro GRAFT_PLUGIN instead of a function of its own");
    }
    return descriptor;
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
Problems compare_with_note(const Descriptor& descriptor, const catalog::PluginFile& file) {
    Problems problems;
    const auto add = [&](std::string message) { problems.push_back({{}, std::move(message), ""}); };
    const std::string stamps = difference(file.stamp, catalog::parse_stamp(descriptor.stamp));
    if (!stamps.empty()) {
        add("its stamp differs between note and code: " + stamps);
    }
    std::set<std::string> noted;
    std::set<std::string> coded;
    for (const catalog::Entry& entry : file.entries) {
        noted.insert(component_line(entry.kind, entry.id, entry.version));
    }
    for (const Component& component : descriptor.components) {
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
void check_options(const Component& component, Problems& problems) {
    const OptionTable table = guarded(component.kind, component.id, {}, [&] { return component.options(); });
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

void check_factory(const Component& component, Problems& problems) {
    const std::string kind = component.kind;
    const bool whole = component.options != nullptr && component.example != nullptr &&
                       ((kind == "backbone" && component.backbone.create != nullptr) ||
                        (kind == "head" && component.head.create != nullptr) ||
                        (kind == "dataset" && component.dataset.create != nullptr) ||
                        (kind == "loss" && component.loss.create != nullptr));
    if (!whole) {
        problems.push_back({{}, fmt::format("{} '{}' has no factory of its kind", kind, component.id), ""});
    }
}

void verify(const Descriptor& descriptor, const catalog::PluginFile& file) {
    if (descriptor.size != sizeof(Descriptor)) {
        throw unusable(file.path,
                       fmt::format("its descriptor has {} bytes, this graft's has {}", descriptor.size,
                                   sizeof(Descriptor)),
                       "rebuild it against this graft's SDK");
    }
    Problems problems = compare_with_note(descriptor, file);
    for (const Component& component : descriptor.components) {
        check_factory(component, problems);
    }
    if (problems.empty()) {
        for (const Component& component : descriptor.components) {
            check_options(component, problems);
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

std::map<std::string, std::string> host_stamp() {
    return catalog::parse_stamp(GRAFT_STAMP);
}

Registry::Registry(catalog::Catalog catalog) : catalog_(std::move(catalog)) {}

const std::vector<Component>& Registry::load(const catalog::PluginFile& file) {
    const std::string path = file.path.string();
    const auto known = loaded_.find(path);
    if (known != loaded_.end()) {
        return known->second->components;
    }
    if (!file.problem.empty()) {
        throw Failure(Category::plugin, file.problem);
    }
    if (listener_) {
        listener_(file.path);
    }
    const Descriptor* descriptor = read_descriptor(file.path);
    verify(*descriptor, file);
    loaded_.emplace(path, descriptor);
    return descriptor->components;
}

const Component* Registry::find(const std::string& kind, const std::string& id, const core::Place& place,
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
        return nullptr;
    }
    for (const Component& component : load(*file)) {
        if (component.kind == kind && component.id == id) {
            return &component;
        }
    }
    throw unusable(file->path, fmt::format("its note names {} '{}', its code does not bring it", kind, id),
                   "rebuild it from a clean folder");
}

core::Failure translate_current_exception(const std::string& kind, const std::string& id,
                                          const core::Place& place) {
    const std::string who = fmt::format("{} '{}'", kind, id);
    const auto at = [&](Category category, const std::string& message, const std::string& remedy) {
        return Failure(category, Problems{{place, message, remedy}});
    };
    try {
        throw;
    } catch (const Failure& failure) {
        return failure;
    } catch (const Error& error) {
        switch (error.kind()) {
            case ErrorKind::options:
                return at(Category::pipeline, fmt::format("{}: {}", who, error.what()), "");
            case ErrorKind::data:
                return at(Category::data, fmt::format("{}: {}", who, error.what()), "");
            case ErrorKind::training:
                return at(Category::training, fmt::format("{}: {}", who, error.what()), "");
            case ErrorKind::internal:
                break;
        }
        return at(Category::plugin, fmt::format("{} failed: {}", who, error.what()),
                  "this is a fault of the plugin; tell its author");
    } catch (const std::exception& error) {
        return at(Category::plugin, fmt::format("{} threw: {}", who, error.what()),
                  "this is a fault of the plugin; tell its author");
    } catch (...) {
        return at(Category::plugin, fmt::format("{} threw something that is no std::exception", who),
                  "this is a fault of the plugin; tell its author");
    }
}

}  // namespace graft::plugin
