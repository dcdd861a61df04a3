// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "export/samples.hpp"

#include <algorithm>
#include <map>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "target/kind.hpp"

namespace graft::exporting::test {
namespace {

using model::Model;

/// Fresh BatchNorms are the identity, which would hide mistakes.
void stir(Model& model) {
    const at::NoGradGuard no_gradients;
    at::manual_seed(5);
    for (const model::NamedTensor& named : model.tensors()) {
        at::Tensor tensor = named.tensor;
        if (named.path.ends_with("running_mean")) {
            tensor.copy_(at::randn_like(tensor).mul(0.1));
        } else if (named.path.ends_with("running_var")) {
            tensor.copy_(at::rand_like(tensor).add(0.5));
        } else if (tensor.dim() == 1 && tensor.is_floating_point()) {
            tensor.add_(at::randn_like(tensor).mul(0.1));
        }
    }
}

bool is_complete(const plugin::ComponentHandle& component) {
    const OptionTable table = component.options();
    return std::none_of(table.begin(), table.end(), [](const OptionSpec& spec) { return spec.required; });
}

TargetSchema schema_of(const TargetPort& port) {
    TargetSchema schema = target::kind_of(port.kinds.front()).example_schema(2);
    schema.name = port.name;
    return schema;
}

Options defaults(const plugin::ComponentHandle& component) {
    std::map<std::string, OptionValue> values;
    for (const OptionSpec& spec : component.options()) {
        values[spec.name] = spec.fallback;
    }
    return Options(std::move(values));
}

struct Recipe {
    std::string name;
    std::string yaml;
    std::vector<TargetSchema> schema;

    Model make() const {
        Model model = model::test::sound(yaml, schema);
        stir(model);
        return model;
    }
    bool fits() const {
        core::Problems problems;
        model::test::composed(yaml, schema, problems);
        return problems.empty();
    }
};

/// Heads of one backbone, each named like its component, with targets of its own.
Recipe recipe(const std::string& backbone, const std::vector<plugin::ComponentHandle>& heads) {
    Recipe made{backbone, "", {}};
    std::string all;
    for (const plugin::ComponentHandle& head : heads) {
        std::string targets;
        for (const TargetPort& port : head.head_ports(defaults(head), {}).targets) {
            made.schema.push_back(schema_of(port));
            made.schema.back().name = head.id() + "_" + port.name;
            targets +=
                fmt::format("{}{}: {}", targets.empty() ? "" : ", ", port.name, made.schema.back().name);
        }
        made.name += "-" + head.id();
        all += fmt::format("{0}{1}: {{use: {1}, targets: {{{2}}}}}", all.empty() ? "" : ", ", head.id(),
                           targets);
    }
    made.yaml =
        fmt::format("backbone: {{use: {}}}\nheads: {{{}}}\ndata: {{image: {{size: 64}}}}\n", backbone, all);
    return made;
}

NamedModel named(const Recipe& wanted) {
    return {wanted.name, [wanted] { return wanted.make(); }};
}

/// The components of a kind that need no option.
std::vector<plugin::ComponentHandle> complete(const std::string& kind) {
    std::vector<plugin::ComponentHandle> all;
    for (const std::string& id : model::test::registry().catalog().ids(kind)) {
        core::Problems problems;
        const plugin::ComponentHandle component = model::test::registry().find(kind, id, {}, problems);
        if (component && is_complete(component)) {
            all.push_back(component);
        }
    }
    return all;
}

}  // namespace

NamedModel animals_model() {
    return named({"animals", model::test::cats_dogs, {model::test::animals()}});
}

NamedModel model_of(const std::string& backbone, const std::string& head, const std::string& option) {
    core::Problems problems;
    const plugin::ComponentHandle component = model::test::registry().find("head", head, {}, problems);
    Recipe wanted = recipe(backbone, {component});
    if (!option.empty()) {
        const std::string use = "use: " + head;
        wanted.yaml.replace(wanted.yaml.rfind(use), use.size(), use + ", " + option);
        wanted.name += " with " + option;
    }
    return named(wanted);
}

std::vector<NamedModel> every_model() {
    std::vector<NamedModel> all;
    for (const plugin::ComponentHandle& backbone : complete("backbone")) {
        all.push_back(model_of(backbone.id(), "classification"));
    }
    for (const plugin::ComponentHandle& head : complete("head")) {
        for (const char* backbone : {"resnet18", "toy_vit"}) {
            if (recipe(backbone, {head}).fits()) {
                all.push_back(model_of(backbone, head.id()));
                break;
            }
        }
    }
    return all;
}

std::vector<NamedModel> every_backbone_with_every_head() {
    std::vector<NamedModel> all;
    for (const plugin::ComponentHandle& backbone : complete("backbone")) {
        std::vector<plugin::ComponentHandle> heads;
        for (const plugin::ComponentHandle& head : complete("head")) {
            if (head.id() != untraceable && recipe(backbone.id(), {head}).fits()) {
                heads.push_back(head);
            }
        }
        all.push_back(named(recipe(backbone.id(), heads)));
    }
    return all;
}

}  // namespace graft::exporting::test
