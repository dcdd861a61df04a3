// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "conformance/loss_case.hpp"

#include <algorithm>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "conformance/fixtures.hpp"
#include "conformance/head_case.hpp"
#include "conformance/require.hpp"

namespace graft::conformance {
namespace {

constexpr std::int64_t samples = 4;
constexpr std::int64_t classes = 3;

/// Something to compare for the spaces that come with graft; nothing for a word of the plugin's own.
std::optional<LossPair> common_pair(const std::string& space, bool present) {
    const at::Tensor known = at::full({samples}, present, at::kBool);
    if (space == space::class_logits) {
        return LossPair{at::randn({samples, classes}),
                        {at::arange(samples, at::kLong).remainder(classes), known}};
    }
    if (space == space::binary_logits) {
        return LossPair{at::randn({samples, 1}),
                        {at::rand({samples, 1}).gt(0.5).to(at::kFloat), known.unsqueeze(1)}};
    }
    if (space == space::values) {
        return LossPair{at::randn({samples, 5}), {at::randn({samples, 5}), known}};
    }
    if (space == space::embedding) {
        return LossPair{at::randn({samples, 6}), {at::arange(samples, at::kLong).remainder(2), known}};
    }
    return std::nullopt;
}

const at::Tensor* named(const Examples& examples, const std::string& name) {
    const auto found = std::find_if(examples.begin(), examples.end(),
                                    [&](const auto& example) { return example.first == name; });
    return found == examples.end() ? nullptr : &found->second;
}

}  // namespace

LossCase::LossCase(const Subject& subject, const Library& library)
    : subject_(subject), library_(library), ports_(subject.component.loss_ports(subject.options)) {
    for (const LossPort& port : ports_) {
        require(!port.spaces.empty(), "port '" + port.name + "' names no space",
                "ports() lists the spaces that each port understands");
        named_ += (named_.empty() ? "" : "+") + port.spaces.front();
    }
}

bool LossCase::is_common() const {
    return std::all_of(ports_.begin(), ports_.end(), [](const LossPort& port) {
        return common_pair(port.spaces.front(), true).has_value();
    });
}

LossCase::Source LossCase::example_of(std::size_t port, bool present) const {
    const std::string stem = subject_.label + "." + ports_[port].name + ".";
    const at::Tensor* output = named(library_.examples, stem + "output");
    const at::Tensor* target = named(library_.examples, stem + "target");
    if (output == nullptr || target == nullptr) {
        return {};
    }
    const at::Tensor* given = named(library_.examples, stem + "present");
    at::Tensor known = given != nullptr ? given->to(at::kBool) : at::ones({target->size(0)}, at::kBool);
    return {LossPair{output->clone(), {target->clone(), present ? known.clone() : at::zeros_like(known)}}};
}

LossCase::Source LossCase::head_beside(std::size_t port, bool present) const {
    for (const Subject& subject : library_.subjects) {
        if (subject.component.kind() != "head") {
            continue;
        }
        for (const NamedHeadCase& named : head_variants(subject)) {
            const auto& outputs = named.head.ports().outputs;
            const auto fits = std::find_if(outputs.begin(), outputs.end(), [&](const OutputPort& output) {
                return output.space == ports_[port].spaces.front();
            });
            if (fits == outputs.end()) {
                continue;
            }
            const auto index = static_cast<std::size_t>(fits - outputs.begin());
            try {
                auto head = named.head.make();
                const at::NoGradGuard no_gradients;
                return {LossPair{head.forward(named.head.features(samples)).at(index).clone(),
                                 head.encode(named.head.targets(samples, present)).at(index)},
                        named.head.context().targets};
            } catch (const Skip&) {
                continue;  // this head takes other schemas
            }
        }
    }
    return {};
}

LossCase::Source LossCase::source_of(std::size_t port, bool present) const {
    Source source = example_of(port, present);
    if (!source.pair) {
        source.pair = common_pair(ports_[port].spaces.front(), present);
    }
    return source.pair ? source : head_beside(port, present);
}

plugin::LossHandle LossCase::make() const {
    LossContext context;
    for (std::size_t port = 0; port < ports_.size() && context.targets.empty(); ++port) {
        context.targets = source_of(port, true).targets;
    }
    if (context.targets.empty()) {
        context.targets.push_back(example_schema(TargetKind::category, classes));
    }
    at::manual_seed(1);
    return plugin::LossHandle::create(subject_.component, "", subject_.options, context, {});
}

LossInputs LossCase::inputs(bool present) const {
    LossInputs made;
    at::manual_seed(7);
    for (std::size_t port = 0; port < ports_.size(); ++port) {
        const Source source = source_of(port, present);
        if (!source.pair) {
            throw Skip(
                fmt::format("the space '{}' is the plugin's own, and no head of this library gives it: "
                            "--examples FILE supplies tensors {}.{}.output and .target",
                            ports_[port].spaces.front(), subject_.label, ports_[port].name));
        }
        made.outputs.push_back(source.pair->output);
        made.targets.push_back(source.pair->target);
    }
    return made;
}

}  // namespace graft::conformance
