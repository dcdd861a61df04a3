// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "conformance/head_case.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "conformance/fixtures.hpp"
#include "core/problem.hpp"
#include "target/kind.hpp"

namespace graft::conformance {
namespace {

/// The subject itself, and one for every other value of each option that is a choice.
std::vector<std::pair<std::string, Subject>> option_variants(const Subject& subject) {
    std::vector<std::pair<std::string, Subject>> all{{"", subject}};
    for (const OptionSpec& spec : subject.component.options()) {
        for (const std::string& choice : spec.choices) {
            if (!subject.options.has(spec.name) || subject.options.text(spec.name) != choice) {
                auto values = subject.options.values();
                values[spec.name] = choice;
                all.push_back({fmt::format("/{}:{}", spec.name, choice),
                               {subject.label, subject.component, Options(std::move(values))}});
            }
        }
    }
    return all;
}

/// Every way to bind the target ports to kinds that they take.
void bindings(const std::vector<TargetPort>& ports, const std::vector<TargetKind>& bound,
              std::vector<std::vector<TargetKind>>& all) {
    if (bound.size() == ports.size()) {
        all.push_back(bound);
        return;
    }
    for (const TargetKind kind : ports[bound.size()].kinds) {
        auto longer = bound;
        longer.push_back(kind);
        bindings(ports, longer, all);
    }
}

}  // namespace

HeadCase::HeadCase(const Subject& subject, const std::vector<TargetKind>& kinds, std::size_t classes)
    : subject_(subject), ports_(subject.component.head_ports(subject.options, kinds)) {
    for (const TargetKind kind : kinds) {
        context_.targets.push_back(example_schema(kind, classes));
    }
    for (const InputPort& port : ports_.inputs) {
        context_.inputs.push_back(example_shape(port));
    }
    context_.height = context_.width = image_side;
}

plugin::HeadHandle HeadCase::make(std::uint64_t seed) const {
    at::manual_seed(seed);
    try {
        return plugin::HeadHandle::create(subject_.component, "", subject_.options, ports_, context_, {});
    } catch (const core::Failure& failure) {
        if (failure.category() == core::Category::pipeline) {
            throw Skip(failure.what());
        }
        throw;
    }
}

std::vector<at::Tensor> HeadCase::features(std::int64_t samples) const {
    at::manual_seed(7);
    std::vector<at::Tensor> made;
    for (const FeatureShape& shape : context_.inputs) {
        made.push_back(example_feature(shape, samples));
    }
    return made;
}

std::vector<Column> HeadCase::targets(std::int64_t samples, bool present) const {
    std::vector<Column> columns;
    for (const TargetSchema& schema : context_.targets) {
        columns.push_back(example_target(schema, samples, image_side, present));
    }
    return columns;
}

std::vector<TargetSchema> HeadCase::predictions() const {
    if (!ports_.decodes) {
        throw Skip("the head has no decode");
    }
    return ports_.predictions.empty() ? context_.targets : ports_.predictions;
}

std::vector<NamedHeadCase> head_variants(const Subject& subject) {
    std::vector<NamedHeadCase> made;
    for (const auto& [chosen, variant] : option_variants(subject)) {
        std::vector<std::vector<TargetKind>> all;
        bindings(variant.component.head_ports(variant.options, {}).targets, {}, all);
        for (const auto& kinds : all) {
            std::string bound;
            for (const TargetKind kind : kinds) {
                bound += fmt::format("{}{}", bound.empty() ? "" : "+", target::kind_name(kind));
            }
            for (const std::size_t classes : {std::size_t{2}, std::size_t{5}}) {
                made.push_back({fmt::format("{}/{}_classes{}", bound, classes, chosen),
                                HeadCase(variant, kinds, classes)});
            }
        }
    }
    return made;
}

}  // namespace graft::conformance
