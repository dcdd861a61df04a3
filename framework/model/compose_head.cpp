// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/compose_head.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "core/names.hpp"
#include "model/parts.hpp"

namespace graft::model {
namespace {

using core::Problems;

bool fits(const TargetPort& port, const TargetSchema& target) {
    return std::find(port.kinds.begin(), port.kinds.end(), target.kind) != port.kinds.end();
}

std::string kinds_text(const TargetPort& port) {
    std::string text;
    for (const TargetKind kind : port.kinds) {
        text += (text.empty() ? "" : " or ") + std::string(target::kind_name(kind));
    }
    return text;
}

/// "points (points), age (scalar)".
std::string targets_text(const std::vector<TargetSchema>& schema) {
    std::vector<std::string> texts;
    texts.reserve(schema.size());
    for (const TargetSchema& target : schema) {
        texts.push_back(fmt::format("{} ({})", target.name, target::kind_name(target.kind)));
    }
    return texts.empty() ? "no target" : core::listed(texts);
}

/// Binds a head's target ports to the data set's targets.
class TargetBinder {
public:
    TargetBinder(const pipeline::Head& head, const std::vector<TargetPort>& ports,
                 const std::vector<TargetSchema>& schema, Problems& problems)
        : head_(head), ports_(ports), schema_(schema), problems_(problems) {}

    /// One index a port, or nothing after a problem.
    std::optional<std::vector<std::size_t>> bind() {
        const std::size_t before = problems_.size();
        check_port_names();
        std::vector<std::optional<std::size_t>> bound(ports_.size());
        for (std::size_t port = 0; port < ports_.size(); ++port) {
            if (const std::string* name = named(ports_[port])) {
                bound[port] = by_name(ports_[port], *name);
                named_.push_back(bound[port].value_or(schema_.size()));
            }
        }
        for (std::size_t port = 0; port < ports_.size() && problems_.size() == before; ++port) {
            if (!bound[port]) {
                bound[port] = only_fit(ports_[port]);
            }
        }
        if (problems_.size() > before) {
            return std::nullopt;
        }
        std::vector<std::size_t> indices;
        indices.reserve(bound.size());
        for (const auto& index : bound) {
            indices.push_back(*index);
        }
        return indices;
    }

private:
    void add(const std::string& message, const std::string& remedy) {
        problems_.push_back({head_.targets_place, message, remedy});
    }

    /// `target: label` stands under the empty name: the one port there is.
    const std::string* named(const TargetPort& port) const {
        auto found = head_.targets.find(port.name);
        if (found == head_.targets.end() && ports_.size() == 1) {
            found = head_.targets.find("");
        }
        return found == head_.targets.end() ? nullptr : &found->second;
    }

    void check_port_names() {
        std::vector<std::string> names;
        for (const TargetPort& port : ports_) {
            names.push_back(port.name);
        }
        for (const auto& [name, target] : head_.targets) {
            if (name.empty() && ports_.size() != 1) {
                add(fmt::format("head '{}' needs {} targets ({}), one is named", head_.use.id, ports_.size(),
                                core::listed(names)),
                    fmt::format("write targets: {{{}: {}, ...}}", names.empty() ? "NAME" : names.front(),
                                target));
            } else if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
                add(fmt::format("head '{}' has no target port '{}'", head_.use.id, name),
                    core::suggest(name, names));
            }
        }
    }

    std::optional<std::size_t> by_name(const TargetPort& port, const std::string& name) {
        std::vector<std::string> names;
        for (std::size_t index = 0; index < schema_.size(); ++index) {
            names.push_back(schema_[index].name);
            if (schema_[index].name != name) {
                continue;
            }
            if (!fits(port, schema_[index])) {
                add(fmt::format("head '{}' needs a {} target; '{}' is {}", head_.use.id, kinds_text(port),
                                name, target::kind_name(schema_[index].kind)),
                    would_fit(port));
                return std::nullopt;
            }
            return index;
        }
        add(fmt::format("the data set has no target '{}'", name), core::suggest(name, names));
        return std::nullopt;
    }

    std::vector<std::size_t> candidates(const TargetPort& port) const {
        std::vector<std::size_t> indices;
        for (std::size_t index = 0; index < schema_.size(); ++index) {
            const bool taken = std::find(named_.begin(), named_.end(), index) != named_.end();
            if (fits(port, schema_[index]) && !taken) {
                indices.push_back(index);
            }
        }
        return indices;
    }

    std::string would_fit(const TargetPort& port) const {
        std::vector<std::string> names;
        for (const std::size_t index : candidates(port)) {
            names.push_back(schema_[index].name);
        }
        return names.empty() ? "the data set has " + targets_text(schema_)
                             : "what fits: " + core::listed(names);
    }

    /// The only target that fits; a namesake of the port goes before others.
    std::optional<std::size_t> only_fit(const TargetPort& port) {
        const std::vector<std::size_t> fitting = candidates(port);
        for (const std::size_t index : fitting) {
            if (schema_[index].name == port.name) {
                return index;
            }
        }
        if (fitting.size() == 1) {
            return fitting.front();
        }
        if (fitting.empty()) {
            add(fmt::format("head '{}' needs a {} target; the data set has {}", head_.use.id,
                            kinds_text(port), targets_text(schema_)),
                "choose another head, or another data set");
        } else {
            const bool one = ports_.size() == 1;
            add(fmt::format("head '{}' could take any of several targets{}", head_.use.id,
                            one ? "" : fmt::format(" as '{}'", port.name)),
                fmt::format("{}; choose one with `{}`", would_fit(port),
                            one ? "target: NAME" : fmt::format("targets: {{{}: NAME}}", port.name)));
        }
        return std::nullopt;
    }

    const pipeline::Head& head_;
    const std::vector<TargetPort>& ports_;
    const std::vector<TargetSchema>& schema_;
    Problems& problems_;
    std::vector<std::size_t> named_;  ///< targets that the pipeline gave to a port
};

std::optional<std::size_t> kept_stage(const Model& model, const HeadRequest& request, const std::string& name,
                                      Problems& problems) {
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

void check_port(const HeadRequest& request, const Model& model, const InputPort& port, std::size_t stage,
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

/// Fills `part.stages`; false after a problem.
bool bind_stages(HeadPart& part, const Model& model, const HeadRequest& request, Problems& problems) {
    const std::size_t before = problems.size();
    const std::vector<InputPort>& inputs = part.ports.inputs;
    const std::vector<std::string>& from = request.head.from;
    if (!from.empty() && from.size() != inputs.size()) {
        problems.push_back({request.head.from_place,
                            fmt::format("head '{}' reads {} features; `from` names {}", request.head.use.id,
                                        inputs.size(), from.size()),
                            "name one stage a feature"});
        return false;
    }
    for (std::size_t port = 0; port < inputs.size(); ++port) {
        const auto stage =
            from.empty() ? model.kept_stages - 1 : kept_stage(model, request, from[port], problems);
        if (stage) {
            part.stages.push_back(*stage);
            check_port(request, model, inputs[port], *stage, problems);
        }
    }
    return problems.size() == before;
}

}  // namespace

void compose_head(Model& model, const HeadRequest& request, Problems& problems) {
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
    const auto ports = [&](const std::vector<TargetKind>& bound) {
        return component.head_ports(part.options, bound, place);
    };
    part.ports = ports({});
    const auto targets = TargetBinder(head, part.ports.targets, model.schema, problems).bind();
    std::vector<TargetKind> kinds;
    for (const std::size_t target : targets.value_or(std::vector<std::size_t>{})) {
        part.targets.push_back(target);
        part.context.targets.push_back(model.schema[target]);
        kinds.push_back(model.schema[target].kind);
    }
    part.ports = ports(kinds);
    if (targets && part.ports.targets.size() != targets->size()) {
        throw plugin::fault({"head", part.id, part.name, place}, "ports", {},
                            "gives another number of targets once it knows their kinds");
    }
    const bool reads = !request.grids.empty() && bind_stages(part, model, request, problems);
    if (targets && reads) {
        for (std::size_t port = 0; port < part.stages.size(); ++port) {
            part.context.inputs.push_back(
                port_shape(part.ports.inputs[port], request.grids[part.stages[port]]));
        }
        part.context.height = model.preprocess.height;
        part.context.width = model.preprocess.width;
        seed_from(request.compose.pipeline.seed, "heads." + part.name);
        try {
            create_head(part, component, place);
        } catch (const core::Failure& failure) {
            if (failure.category() != core::Category::pipeline) {
                throw;
            }
            problems.insert(problems.end(), failure.problems().begin(), failure.problems().end());
        }
    }
    compose_losses(part, request, problems);
    if (part.head) {
        model.heads.push_back(std::move(part));
    }
}

}  // namespace graft::model
