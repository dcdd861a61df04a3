// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "core/names.hpp"
#include "model/backbone_part.hpp"
#include "model/bind.hpp"
#include "model/head_part.hpp"

namespace graft::model {
namespace {

using core::Problems;

std::optional<std::size_t> kept_stage(const ModelParts& model, const HeadRequest& request,
                                      const std::string& name, Problems& problems) {
    std::vector<std::string> names;
    const auto& stages = model.backbone.stages();
    for (std::size_t index = 0; index < stages.size(); ++index) {
        if (stages[index].name == name && index >= model.kept_stages) {
            problems.push_back({request.head.from_place,
                                fmt::format("stage '{}' is cut off: backbone.until is {}", name,
                                            names.at(model.kept_stages - 1)),
                                "keep more stages, or read one of " +
                                    core::listed({names.begin(), names.begin() + static_cast<std::ptrdiff_t>(
                                                                                     model.kept_stages)})});
            return std::nullopt;
        }
        if (stages[index].name == name) {
            return index;
        }
        names.push_back(stages[index].name);
    }
    names.resize(model.kept_stages);
    problems.push_back({request.head.from_place, fmt::format("{} has no stage '{}'", model.backbone_id, name),
                        core::suggest(name, names)});
    return std::nullopt;
}

void check_port(const HeadRequest& request, const ModelParts& model, const InputPort& port, std::size_t stage,
                Problems& problems) {
    const FeatureShape& grid = request.grids[stage];
    const core::Place& place =
        request.head.from_place.file.empty() ? request.head.use.place : request.head.from_place;
    const std::string& name = model.backbone.stages()[stage].name;
    if (port.layout == Layout::vector) {
        return;  // the host pools
    }
    if (port.layout != grid.layout.layout) {
        std::vector<std::string> fitting;
        for (std::size_t index = 0; index < request.grids.size(); ++index) {
            if (request.grids[index].layout.layout == port.layout) {
                fitting.push_back(model.backbone.stages()[index].name);
            }
        }
        problems.push_back(
            {place,
             fmt::format("head '{}' reads a {}; stage '{}' of {} makes a {}", request.head.use.id,
                         layout_name(port.layout), name, model.backbone_id, layout_name(grid.layout.layout)),
             fitting.empty() ? "choose a head that reads what this backbone makes"
                             : "stages that fit: " + core::listed(fitting)});
    } else if (std::min(grid.height, grid.width) < port.minimum_size) {
        problems.push_back(
            {place,
             fmt::format("head '{}' needs a grid of at least {} x {}; stage '{}' makes {} x {} of images of "
                         "{} x {} pixels",
                         request.head.use.id, port.minimum_size, port.minimum_size, name, grid.height,
                         grid.width, model.preprocess.height, model.preprocess.width),
             "read an earlier stage with `from`, or use larger images"});
    }
}

}  // namespace

std::optional<std::vector<std::size_t>> bind_stages(const std::vector<InputPort>& ports,
                                                    const ModelParts& model, const HeadRequest& request,
                                                    Problems& problems) {
    const std::size_t before = problems.size();
    const std::vector<std::string>& from = request.head.from;
    const bool joins = joins_stages(ports) && !from.empty();
    if (from.empty() && ports.size() > 1) {
        std::vector<std::string> names;
        for (std::size_t stage = 0; stage < model.kept_stages; ++stage) {
            names.push_back(model.backbone.stages()[stage].name);
        }
        problems.push_back(
            {request.head.use.place,
             fmt::format("head '{}' reads {} features, and without `from` each would be the last stage",
                         request.head.use.id, ports.size()),
             fmt::format("name one stage a feature with `from`, of: {}", core::listed(names))});
        return std::nullopt;
    }
    if (!from.empty() && from.size() != ports.size() && !joins) {
        problems.push_back({request.head.from_place,
                            fmt::format("head '{}' reads {} features; `from` names {}", request.head.use.id,
                                        ports.size(), from.size()),
                            ports.size() == 1 ? "name one stage: only pooled vectors can be joined"
                                              : "name one stage a feature"});
        return std::nullopt;
    }
    std::vector<std::size_t> stages;
    for (std::size_t index = 0; index < std::max(ports.size(), from.size()); ++index) {
        const auto stage =
            from.empty() ? model.kept_stages - 1 : kept_stage(model, request, from[index], problems);
        if (stage && joins && std::find(stages.begin(), stages.end(), *stage) != stages.end()) {
            problems.push_back(
                {request.head.from_place, fmt::format("`from` names {} twice", from[index]), "keep it once"});
        } else if (stage) {
            stages.push_back(*stage);
            check_port(request, model, ports[joins ? 0 : index], *stage, problems);
        }
    }
    return problems.size() == before ? std::optional(stages) : std::nullopt;
}

}  // namespace graft::model
