// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/json_text.hpp"
#include "export/network.hpp"
#include "model/record.hpp"

namespace graft::exporting {
namespace {

using core::Json;

/// An output that is a prediction says all that its target's schema says; a raw one names its space.
Json outputs_json(const model::Model& model, bool raw) {
    Json list = Json::array();
    for (const model::HeadPart& head : model.heads()) {
        const std::size_t count = raw ? head.ports.outputs.size() : head.predictions.size();
        for (std::size_t port = 0; port < count; ++port) {
            Json json = {{"head", head.name}, {"use", head.id}};
            if (raw) {
                json["output"] = head.ports.outputs[port].name;
                json["space"] = head.ports.outputs[port].space;
                json["targets"] = Json::array();
                for (const TargetSchema& schema : head.context.targets) {
                    json["targets"].push_back(model::to_json(schema));
                }
            } else {
                const bool as_target = head.ports.decodes && head.ports.predictions.empty();
                json["output"] = head.predictions[port].name;
                json["target"] =
                    model::to_json(as_target ? head.context.targets[port] : head.predictions[port]);
            }
            list.push_back(std::move(json));
        }
    }
    return list;
}

}  // namespace

Metadata metadata_of(const model::Model& model, const NetworkOptions& options) {
    return {{"producer", "graft"},
            {"backbone", model.backbone_id()},
            {"preprocessing", core::json_text(model::to_json(model.preprocess()))},
            {"outputs", core::json_text(outputs_json(model, options.raw))}};
}

}  // namespace graft::exporting
