// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catalog/catalog.hpp"
#include "core/problem.hpp"
#include "graft/plugin.hpp"

namespace graft::plugin {

/// The host's stamp, as this build was made.
std::map<std::string, std::string> host_stamp();

/// Loads plugin libraries on demand, once each and for good: code and static objects of a library that
/// was unloaded would be called at exit. Host thread only.
class Registry {
public:
    explicit Registry(catalog::Catalog catalog);

    const catalog::Catalog& catalog() const { return catalog_; }

    /// Called with a file's path before it is loaded, so that a crash inside can be attributed.
    void on_loading(std::function<void(const std::filesystem::path&)> listener) {
        listener_ = std::move(listener);
    }

    /// The component, its library loaded. Null and a problem at `place` (with the nearest id and the
    /// folders searched) when no plugin has it; throws Failure(plugin) when its library cannot be used:
    /// undefined symbol, no descriptor, throwing initialiser, a stamp or components other than its
    /// note says, an option named like a host key.
    const Component* find(const std::string& kind, const std::string& id, const core::Place& place,
                          core::Problems& problems);

    /// Every component of one file; throws as `find`.
    const std::vector<Component>& load(const catalog::PluginFile& file);

private:
    catalog::Catalog catalog_;
    std::function<void(const std::filesystem::path&)> listener_;
    std::map<std::string, const Descriptor*> loaded_;
};

/// Calls `function`, which enters a plugin. A graft::Error becomes a Failure of its kind at `place`; any
/// other exception Failure(plugin) that names the component: "head 'x' threw ...".
template <class Function>
auto guarded(const std::string& kind, const std::string& id, const core::Place& place, Function&& function)
    -> decltype(function());

/// The Failure for the exception that is being handled; what guarded throws.
core::Failure translate_current_exception(const std::string& kind, const std::string& id,
                                          const core::Place& place);

template <class Function>
auto guarded(const std::string& kind, const std::string& id, const core::Place& place, Function&& function)
    -> decltype(function()) {
    try {
        return function();
    } catch (const core::Failure&) {
        throw;
    } catch (...) {
        throw translate_current_exception(kind, id, place);
    }
}

}  // namespace graft::plugin
