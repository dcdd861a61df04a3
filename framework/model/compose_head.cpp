// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/compose_head.hpp"

#include <optional>
#include <utility>

#include "model/bind.hpp"
#include "model/head_part.hpp"

namespace graft::model {
namespace {

using core::Problems;

/// Binds the head's target ports; its ports may change once it knows the kinds of its targets.
bool take_targets(HeadPart& part, const plugin::ComponentHandle& component, const HeadRequest& request,
                  const std::vector<TargetSchema>& schema, Problems& problems) {
    const core::Place& place = request.head.use.place;
    part.ports = component.head_ports(part.options, {}, place);
    const auto targets = bind_targets(request.head, part.ports.targets, schema, problems);
    std::vector<TargetKind> kinds;
    for (const std::size_t target : targets.value_or(std::vector<std::size_t>{})) {
        part.targets.push_back(target);
        part.context.targets.push_back(schema[target]);
        kinds.push_back(schema[target].kind);
    }
    part.ports = component.head_ports(part.options, kinds, place);
    if (targets && part.ports.targets.size() != targets->size()) {
        throw plugin::fault(component.caller(place, part.name), "ports", {},
                            "gives another number of targets once it knows their kinds");
    }
    return targets.has_value();
}

/// Binds the head's input ports, where there is a backbone to read.
bool take_stages(HeadPart& part, const ModelParts& model, const HeadRequest& request, Problems& problems) {
    const auto stages =
        request.grids.empty() ? std::nullopt : bind_stages(part.ports.inputs, model, request, problems);
    if (!stages) {
        return false;
    }
    part.stages = *stages;
    part.context.inputs = port_shapes(part.ports.inputs, *stages, request.grids);
    part.context.height = model.preprocess.height;
    part.context.width = model.preprocess.width;
    return true;
}

/// Creates the head; options that it refuses are problems of the pipeline.
void create(HeadPart& part, const plugin::ComponentHandle& component, const HeadRequest& request,
            Problems& problems) {
    seed_from(request.compose.pipeline.seed, "heads." + part.name);
    try {
        create_head(part, component, request.head.use.place);
    } catch (const core::Failure& failure) {
        if (failure.category() != core::Category::pipeline) {
            throw;
        }
        problems.insert(problems.end(), failure.problems().begin(), failure.problems().end());
    }
}

}  // namespace

void compose_head(ModelParts& model, const HeadRequest& request, Problems& problems) {
    const pipeline::Head& head = request.head;
    const core::Place& place = head.use.place;
    const plugin::ComponentHandle component =
        head.use.id.empty() ? plugin::ComponentHandle()
                            : request.compose.registry.find("head", head.use.id, place, problems);
    if (!component) {
        return;
    }
    const std::size_t before = problems.size();
    HeadPart part;
    part.name = head.name;
    part.id = component.id();
    part.version = component.version();
    part.options = pipeline::read_options(head.use, "head", component.options(place), problems);
    if (problems.size() > before) {
        return;
    }
    const bool has_targets = take_targets(part, component, request, model.schema, problems);
    const bool has_stages = take_stages(part, model, request, problems);
    if (has_targets && has_stages) {
        create(part, component, request, problems);
    }
    compose_losses(part, request, problems);
    if (part.head) {
        model.heads.push_back(std::move(part));
    }
}

}  // namespace graft::model
