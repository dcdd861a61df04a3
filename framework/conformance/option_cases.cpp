// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The option table against itself and against what creating a component makes of values at the bounds.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "conformance/case.hpp"
#include "conformance/require.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"
#include "model/record.hpp"
#include "pipeline/pipeline.hpp"

namespace graft::conformance {
namespace {

bool is_number(const OptionSpec& spec) {
    return spec.type == OptionType::integer || spec.type == OptionType::real;
}

std::string number_text(const OptionSpec& spec, double value) {
    return spec.type == OptionType::integer ? std::to_string(static_cast<std::int64_t>(value))
                                            : fmt::format("{:.17g}", value);
}

/// The problems that a pipeline with this one value would get.
core::Problems problems_with(const plugin::ComponentHandle& component, const OptionSpec& spec,
                             const std::string& value, Options& options) {
    const pipeline::Use use = pipeline::use_from_words(component.id(), {spec.name + "=" + value});
    core::Problems problems;
    const OptionTable only{spec};
    options = pipeline::read_options(use, component.kind(), only, problems);
    return problems;
}

/// What the plugin itself gives where a pipeline gives nothing is held to what pipelines are held to.
void check_fallback(const plugin::ComponentHandle& component, const OptionSpec& spec) {
    if (std::holds_alternative<std::monostate>(spec.fallback)) {
        return;
    }
    require(!spec.required, "option '" + spec.name + "' is required and has a fallback");
    Options ignored;
    const std::string value = core::json_text(model::option_to_json(spec.fallback));
    const core::Problems problems = problems_with(component, spec, value, ignored);
    require(problems.empty(),
            fmt::format("option '{}': its fallback is refused where a pipeline gives it: {}", spec.name,
                        core::messages(problems)),
            "choose a fallback within the option's own bounds or choices, or widen these");
}

void check_table(const plugin::ComponentHandle& component) {
    std::set<std::string> names;
    const auto& taken = pipeline::host_keys(component.kind());
    for (const OptionSpec& spec : component.options()) {
        require(!spec.name.empty() && names.insert(spec.name).second,
                "option '" + spec.name + "' is declared twice or has no name");
        require(std::find(taken.begin(), taken.end(), spec.name) == taken.end(),
                "option '" + spec.name + "' is a key of the host", "give it another name");
        require(!spec.doc.empty(), "option '" + spec.name + "' has no doc",
                "one sentence without a full stop; `graft plugins` prints it");
        require(spec.minimum <= spec.maximum, "option '" + spec.name + "' has an empty range");
        require(spec.type != OptionType::choice || !spec.choices.empty(),
                "option '" + spec.name + "' has no choices");
        check_fallback(component, spec);
    }
}

/// Whether a bound and what lies beside it are numbers of their own as double, and fit the option's type.
bool is_exact(const OptionSpec& spec, double bound) {
    constexpr double last = 9007199254740992;  // 2^53
    return std::isfinite(bound) && (spec.type != OptionType::integer || std::abs(bound) < last);
}

void check_beyond(const plugin::ComponentHandle& component, const OptionSpec& spec, double bound,
                  double direction) {
    Options ignored;
    const double step = spec.type == OptionType::integer ? 1 : std::max(1e-3, std::abs(bound) * 1e-3);
    const std::string value = number_text(spec, bound + direction * step);
    require(!problems_with(component, spec, value, ignored).empty(),
            fmt::format("{}: {} lies outside its range and is taken", spec.name, value));
}

void check_at(const plugin::ComponentHandle& component, const OptionSpec& spec, double bound, bool excluded) {
    Options ignored;
    const auto problems = problems_with(component, spec, number_text(spec, bound), ignored);
    require(problems.empty() != excluded,
            fmt::format("{}: its bound {} is {}", spec.name, number_text(spec, bound),
                        excluded ? "taken" : "refused"));
}

/// A pipeline with the section at the place of the kind.
pipeline::Node pipeline_with(const std::string& kind, const pipeline::Node& section) {
    pipeline::Node document = pipeline::parse_document(
        "graft: 1\nname: example\ndata: {use: any}\nbackbone: {use: any}\nheads: {any: {use: any}}\n"
        "train: {epochs: 1}\n",
        "the pipeline around the example");
    if (kind == "dataset") {
        document.set("data", section, {});
    } else if (kind == "backbone") {
        document.set("backbone", section, {});
    } else if (kind == "head") {
        document.find("heads")->set("any", section, {});
    } else {
        document.find("heads")->find("any")->set("loss", section, {});
    }
    return document;
}

/// What `graft plugins ID` prints for people to copy is a section that a pipeline takes.
void check_example(const plugin::ComponentHandle& component) {
    const pipeline::Node section = pipeline::parse_document(component.example(), "example");
    const pipeline::Node* use = section.find("use");
    require(use != nullptr && use->scalar == component.id(),
            "an example is the component's section, with `use: " + component.id() + "`");
    core::Problems problems;
    const pipeline::Pipeline made =
        pipeline::interpret(pipeline_with(component.kind(), section), "example", problems);
    pipeline::Use used;
    used.id = component.id();
    used.section = section;
    pipeline::read_options(used, component.kind(), component.options(), problems);
    require(problems.empty(), "its example is no valid section: " + core::render(problems));
    if (made.backbone.weights != "none") {
        const auto known = component.weights();
        require(std::any_of(known.begin(), known.end(),
                            [&](const WeightEntry& entry) { return entry.id == made.backbone.weights; }),
                "its example names weights that it does not have: " + made.backbone.weights);
    }
}

}  // namespace

void add_option_cases(Cases& cases, const Subject& subject) {
    const plugin::ComponentHandle component = subject.component;
    add_case(cases, subject.label + ".option_table", [component] { check_table(component); });
    if (!component.example().empty()) {
        add_case(cases, subject.label + ".example", [component] { check_example(component); });
    }
    for (const OptionSpec& spec : component.options()) {
        if (!is_number(spec) || !(is_exact(spec, spec.minimum) || is_exact(spec, spec.maximum))) {
            continue;
        }
        add_case(cases, fmt::format("{}.option_bounds/{}", subject.label, spec.name), [component, spec] {
            if (is_exact(spec, spec.minimum)) {
                check_at(component, spec, spec.minimum, spec.excludes_minimum);
                check_beyond(component, spec, spec.minimum, -1);
            }
            if (is_exact(spec, spec.maximum)) {
                check_at(component, spec, spec.maximum, spec.excludes_maximum);
                check_beyond(component, spec, spec.maximum, 1);
            }
        });
    }
}

}  // namespace graft::conformance
