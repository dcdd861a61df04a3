// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catalog/catalog.hpp"
#include "core/problem.hpp"
#include "graft/plugin.hpp"
#include "plugin/description.hpp"
#include "plugin/handles.hpp"

namespace graft::plugin {

/// Loads plugin libraries on demand, once each and for good: code and static objects of a library that
/// was unloaded would be called at exit. Host thread only.
class Registry {
public:
    explicit Registry(catalog::Catalog catalog);

    const catalog::Catalog& catalog() const { return catalog_; }

    using Listener = std::function<void(const std::filesystem::path&)>;

    /// Called with a file's path before it is loaded and when that is over, also when it cannot be used, so
    /// that a crash inside can be attributed.
    void on_loading(Listener before, Listener after) {
        before_loading_ = std::move(before);
        after_loading_ = std::move(after);
    }

    /// The component, its library loaded. Empty, and a problem at `place` (with the nearest id and the
    /// folders searched) when no plugin has it; throws Failure(plugin) when its library cannot be used:
    /// undefined symbol, throwing initialiser, a descriptor that cannot be right, a later API level needed,
    /// a stamp or components other than its note says, an option named like a host key.
    ComponentHandle find(const std::string& kind, const std::string& id, const core::Place& place,
                         core::Problems& problems);

    /// Every component of one file; throws as `find`.
    std::vector<ComponentHandle> load(const catalog::PluginFile& file);

    /// What of a loaded file was not read, because it was built against a later API level.
    std::vector<std::string> notes(const catalog::PluginFile& file) const;

private:
    const Description& description_of(const catalog::PluginFile& file);

    catalog::Catalog catalog_;
    Listener before_loading_;
    Listener after_loading_;
    std::map<std::string, std::unique_ptr<Description>> loaded_;
};

}  // namespace graft::plugin
