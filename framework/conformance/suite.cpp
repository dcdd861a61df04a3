// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "conformance/suite.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/names.hpp"
#include "core/problem.hpp"
#include "model/tensors.hpp"
#include "pipeline/pipeline.hpp"

namespace graft::conformance {
namespace {

using core::Category;
using core::Problems;

constexpr const char* how_options =
    "--option COMPONENT.KEY=VALUE gives the cases options; in CMake: graft_add_plugin(... CONFORMANCE "
    "COMPONENT.KEY=VALUE)";

void add_problem(Problems& problems, std::string message, std::string remedy) {
    core::Problem problem;
    problem.message = std::move(message);
    problem.remedy = std::move(remedy);
    problems.push_back(std::move(problem));
}

/// Ids; with the kind before them where two components have the same.
std::vector<std::string> labels_of(const std::vector<plugin::ComponentHandle>& components) {
    std::vector<std::string> labels;
    for (const plugin::ComponentHandle& component : components) {
        const auto same = std::count_if(components.begin(), components.end(),
                                        [&](const auto& other) { return other.id() == component.id(); });
        labels.push_back(same > 1 ? component.kind() + ":" + component.id() : component.id());
    }
    return labels;
}

/// The words KEY=VALUE for a component out of all that were given.
std::vector<std::string> words_for(const std::string& label, const std::vector<std::string>& options) {
    std::vector<std::string> words;
    for (const std::string& option : options) {
        if (option.starts_with(label + ".")) {
            words.push_back(option.substr(label.size() + 1));
        }
    }
    return words;
}

void check_options(const std::vector<std::string>& labels, const std::vector<std::string>& options,
                   Problems& problems) {
    for (const std::string& option : options) {
        const std::string key = option.substr(0, option.find('='));
        const bool known = std::any_of(labels.begin(), labels.end(), [&](const std::string& label) {
            return key.starts_with(label + ".");
        });
        if (!known || key == option) {
            add_problem(
                problems,
                fmt::format("--option {}: must be COMPONENT.KEY=VALUE, with a component of this library",
                            option),
                "components: " + core::listed(labels));
        }
    }
}

Library library_of(const std::vector<plugin::ComponentHandle>& components, const SuiteRequest& request,
                   Problems& problems) {
    Library library;
    const std::vector<std::string> labels = labels_of(components);
    check_options(labels, request.options, problems);
    for (std::size_t index = 0; index < components.size(); ++index) {
        const plugin::ComponentHandle& component = components[index];
        Problems own;
        Options options = pipeline::read_options(
            pipeline::use_from_words(component.id(), words_for(labels[index], request.options)),
            component.kind(), component.options(), own);
        for (core::Problem& problem : own) {
            problem.message = labels[index] + ": " + problem.message;
            problem.remedy += (problem.remedy.empty() ? "" : "; ") + std::string(how_options);
        }
        problems.insert(problems.end(), own.begin(), own.end());
        library.subjects.push_back({labels[index], component, std::move(options)});
    }
    if (!request.examples.empty()) {
        library.examples = model::from_safetensors(core::read_file(request.examples), request.examples);
    }
    return library;
}

/// Examples are of losses: LOSS.PORT.output, .target and, where not all is there, .present.
void check_examples(const Library& library, const std::string& file, Problems& problems) {
    std::vector<std::string> known;
    for (const Subject& subject : library.subjects) {
        if (subject.component.kind() == "loss") {
            for (const LossPort& port : subject.component.loss_ports(subject.options)) {
                for (const char* part : {"output", "target", "present"}) {
                    known.push_back(fmt::format("{}.{}.{}", subject.label, port.name, part));
                }
            }
        }
    }
    for (const auto& [name, tensor] : library.examples) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            add_problem(problems,
                        fmt::format("{}: no loss of this library takes the example '{}'", file, name),
                        "taken: " + (known.empty() ? "none, there is no loss" : core::listed(known)));
        }
    }
}

Cases cases_of(const Library& library, bool measure) {
    static const std::map<std::string, void (*)(Cases&, const Subject&)> kinds = {
        {"backbone", add_backbone_cases}, {"head", add_head_cases}, {"dataset", add_dataset_cases}};
    Cases cases;
    for (const Subject& subject : library.subjects) {
        add_option_cases(cases, subject);
        if (subject.component.kind() == "loss") {
            add_loss_cases(cases, subject, library);
        } else {
            kinds.at(subject.component.kind())(cases, subject);
        }
        if (measure) {
            add_measurements(cases, subject, library);
        }
    }
    return cases;
}

/// "x.decode" names x.decode and all x.decode/...; "x" names all of x.
bool names(const std::string& pattern, const std::string& name) {
    return name == pattern || name.starts_with(pattern + "/") || name.starts_with(pattern + ".");
}

void check_pattern(const Cases& cases, const std::string& option, const std::string& pattern,
                   Problems& problems) {
    if (std::none_of(cases.begin(), cases.end(), [&](const Case& one) { return names(pattern, one.name); })) {
        std::vector<std::string> all;
        for (const Case& one : cases) {
            all.push_back(one.name.substr(0, one.name.find('/')));
        }
        all.erase(std::unique(all.begin(), all.end()), all.end());
        const std::string near = core::nearest(pattern, all);
        add_problem(
            problems, fmt::format("{}: there is no case '{}'", option, pattern),
            near.empty() ? "--list prints all" : fmt::format("did you mean '{}'? --list prints all", near));
    }
}

}  // namespace

std::vector<ChosenCase> choose_cases(const std::vector<plugin::ComponentHandle>& components,
                                     const SuiteRequest& request) {
    Problems problems;
    const Library library = library_of(components, request, problems);
    core::throw_if_any(Category::pipeline, problems);
    check_examples(library, request.examples, problems);
    const Cases cases = cases_of(library, request.measure);
    for (const std::string& pattern : request.cases) {
        check_pattern(cases, "--case", pattern, problems);
    }
    for (const auto& [pattern, reason] : request.waived) {
        check_pattern(cases, "--waive", pattern, problems);
    }
    core::throw_if_any(Category::pipeline, problems);
    std::vector<ChosenCase> chosen;
    for (const Case& one : cases) {
        const auto named = [&](const std::string& pattern) { return names(pattern, one.name); };
        if (!request.cases.empty() && std::none_of(request.cases.begin(), request.cases.end(), named)) {
            continue;
        }
        const auto waiver = std::find_if(request.waived.begin(), request.waived.end(),
                                         [&](const auto& waived) { return named(waived.first); });
        chosen.push_back({one, waiver == request.waived.end() ? "" : waiver->second});
    }
    return chosen;
}

}  // namespace graft::conformance
