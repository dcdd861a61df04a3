// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "component_description.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "core/names.hpp"
#include "core/problem.hpp"
#include "model/backbone_part.hpp"
#include "model/record.hpp"
#include "target/kind.hpp"

namespace graft::engine {

using core::Category;
using core::Failure;
using core::Json;

namespace {

const char* type_name(OptionType type) {
    static constexpr const char* names[] = {"boolean", "integer",  "real",  "text", "choice",
                                            "path",    "integers", "reals", "texts"};
    return names[static_cast<std::size_t>(type)];
}

Json weights_json(const plugin::ComponentHandle& component) {
    Json weights = Json::array();
    for (const WeightEntry& entry : component.weights()) {
        weights.push_back(
            {{"id", entry.id}, {"url", entry.url}, {"size", entry.size}, {"licence", entry.licence}});
    }
    return weights;
}

Json backbone_json(const plugin::ComponentHandle& component) {
    const OptionTable table = component.options();
    if (std::any_of(table.begin(), table.end(), [](const OptionSpec& spec) { return spec.required; })) {
        return {{"weights", weights_json(component)}};  // input and stages depend on what is required
    }
    const Options options = pipeline::default_options(table);
    const BackboneInput input = component.input(options);
    const auto backbone = plugin::BackboneHandle::create(component, options, {input.size, input.size}, {});
    Json stages = Json::array();
    for (const plugin::StageInfo& stage : backbone.stages()) {
        stages.push_back({{"name", stage.name},
                          {"layout", model::layout_name(stage.output.layout)},
                          {"channels", stage.output.channels},
                          {"stride", stage.output.stride}});
    }
    return {
        {"input",
         {{"size", input.size}, {"minimum_size", input.minimum_size}, {"multiple_of", input.multiple_of}}},
        {"stages", stages},
        {"weights", weights_json(component)}};
}

Json head_json(const plugin::ComponentHandle& component) {
    const HeadPorts ports = component.head_ports(pipeline::default_options(component.options()), {});
    Json described = {{"reads", Json::array()}, {"targets", Json::array()}, {"outputs", Json::array()}};
    for (const InputPort& input : ports.inputs) {
        described["reads"].push_back(
            {{"layout", model::layout_name(input.layout)}, {"minimum_size", input.minimum_size}});
    }
    for (const TargetPort& target : ports.targets) {
        Json kinds = Json::array();
        for (const TargetKind kind : target.kinds) {
            kinds.push_back(target::kind_name(kind));
        }
        described["targets"].push_back({{"name", target.name}, {"kinds", kinds}});
    }
    for (const OutputPort& output : ports.outputs) {
        described["outputs"].push_back(
            {{"name", output.name}, {"space", output.space}, {"default_loss", output.default_loss}});
    }
    return described;
}

Json loss_json(const plugin::ComponentHandle& component) {
    Json joins = Json::array();
    for (const LossPort& port : component.loss_ports(pipeline::default_options(component.options()))) {
        joins.push_back({{"name", port.name}, {"spaces", port.spaces}});
    }
    return {{"joins", joins}};
}

Json dataset_json(const plugin::ComponentHandle& component) {
    const OptionTable table = component.options();
    for (const OptionSpec& spec : table) {
        if (spec.required) {
            return Json::object();  // its targets depend on files that only a pipeline names
        }
    }
    Json targets = Json::array();
    for (const TargetSchema& schema : component.schema(pipeline::default_options(table), "")) {
        targets.push_back({{"name", schema.name},
                           {"kind", target::kind_name(schema.kind)},
                           {"classes", schema.classes},
                           {"unit", schema.unit},
                           {"points", schema.point_count}});
    }
    return {{"targets", targets}};
}

}  // namespace

Json options_json(const OptionTable& table) {
    Json options = Json::array();
    for (const OptionSpec& spec : table) {
        Json entry = {{"name", spec.name},
                      {"type", type_name(spec.type)},
                      {"doc", spec.doc},
                      {"required", spec.required},
                      {"default", model::option_to_json(spec.fallback)}};
        if (std::isfinite(spec.minimum)) {
            entry["minimum"] = spec.minimum;
            entry["excludes_minimum"] = spec.excludes_minimum;
        }
        if (std::isfinite(spec.maximum)) {
            entry["maximum"] = spec.maximum;
            entry["excludes_maximum"] = spec.excludes_maximum;
        }
        if (!spec.choices.empty()) {
            entry["choices"] = spec.choices;
        }
        if (!spec.unit.empty()) {
            entry["unit"] = spec.unit;
        }
        options.push_back(entry);
    }
    return options;
}

Json ports_json(const plugin::ComponentHandle& component) {
    const std::string kind = component.kind();
    return kind == "backbone" ? backbone_json(component)
           : kind == "head"   ? head_json(component)
           : kind == "loss"   ? loss_json(component)
                              : dataset_json(component);
}

Json describe_component(plugin::Registry& registry, const std::string& id) {
    std::vector<std::string> known;
    Json found = Json::array();
    for (const catalog::PluginFile& file : registry.catalog().files()) {
        for (const catalog::Entry& entry : file.entries) {
            known.push_back(entry.id);
            if (entry.id != id) {
                continue;
            }
            for (const plugin::ComponentHandle& component : registry.load(file)) {
                if (component.id() == id && component.kind() == entry.kind) {
                    Json described = {
                        {"kind", component.kind()},       {"id", component.id()},
                        {"version", component.version()}, {"summary", component.summary()},
                        {"file", file.path.string()},     {"options", options_json(component.options())},
                        {"example", component.example()}};
                    described.update(ports_json(component));
                    found.push_back(described);
                }
            }
        }
    }
    if (found.empty()) {
        std::sort(known.begin(), known.end());  // an id may be of several kinds
        known.erase(std::unique(known.begin(), known.end()), known.end());
        throw Failure(Category::plugin, fmt::format("no plugin brings '{}'", id), core::suggest(id, known));
    }
    return found.size() == 1 ? found.front() : found;
}

}  // namespace graft::engine
