// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Handles of objects that no plugin made (a data set that stands for another, what a test made itself), and
// what is behind a handle.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "plugin/handles.hpp"

namespace graft::plugin {

struct Unguarded {
    static const Component& component(const ComponentHandle& handle) { return *handle.component_; }

    static const Caller& caller(const DatasetHandle& handle) { return handle.caller_; }

    /// `caller`: whom messages name.
    static DatasetHandle dataset(std::shared_ptr<const Dataset> object,
                                 const Caller& caller = {"dataset", "test", "", {}}) {
        DatasetHandle handle;
        handle.caller_ = caller;
        handle.object_ = std::move(object);
        return handle;
    }

    static BackboneHandle backbone(std::shared_ptr<Backbone> object) {
        return BackboneHandle({"backbone", "test", "", {}}, std::move(object));
    }

    static HeadHandle head(const std::string& id, const std::string& name, const HeadPorts& ports,
                           std::shared_ptr<Head> object) {
        HeadHandle handle({"head", id, name, {}}, std::move(object));
        handle.outputs_ = ports.outputs.size();
        handle.predictions_ = ports.predictions.empty() ? ports.targets.size() : ports.predictions.size();
        handle.decodes_ = ports.decodes;
        return handle;
    }

    static LossHandle loss(const std::string& id, std::shared_ptr<Loss> object) {
        return LossHandle({"loss", id, "", {}}, std::move(object));
    }
};

}  // namespace graft::plugin
