// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/weight_names.hpp"

#include <algorithm>
#include <regex>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "core/names.hpp"

namespace graft::model {
namespace {

using core::Category;
using core::Failure;

struct Name {
    std::string now;
    const weights::Tensor* tensor;
};
using Names = std::vector<Name>;

Names names_of(const weights::WeightFile& file) {
    Names names;
    for (const weights::Tensor& tensor : file.tensors) {
        names.push_back({tensor.name, &tensor});
    }
    return names;
}

/// What the file holds, where it is more than a state dict, and which was taken.
std::vector<std::string> choice_steps(const weights::WeightFile& file) {
    std::string step;
    const std::string under = file.wrapper.empty() ? "" : fmt::format(" under '{}'", file.wrapper);
    if (!file.module_class.empty()) {
        step = fmt::format("the tensors of the pickled module {}{} taken", file.module_class, under);
    } else if (!under.empty()) {
        step = fmt::format("the state dict{} taken", under);
    }
    if (!file.alternatives.empty()) {
        step += fmt::format(" (key: {} would take {})", core::listed(file.alternatives),
                            file.alternatives.size() > 1 ? "others" : "another");
    }
    return step.empty() ? std::vector<std::string>{} : std::vector{step};
}

std::string examples(const Names& names) {
    std::vector<std::string> first;
    for (std::size_t index = 0; index < std::min<std::size_t>(names.size(), 3); ++index) {
        first.push_back(names[index].now);
    }
    return first.empty() ? "the file holds no tensors"
                         : "names in the file: " + core::listed(first) + ", ...";
}

Failure unmatched(const core::Place& place, const std::string& what, const Names& names) {
    return Failure(Category::pipeline, core::Problems{{place, what + " matches no name", examples(names)}});
}

/// Takes the prefix off where it stands, and says how often it did.
std::size_t strip(Names& names, const std::string& prefix) {
    std::size_t count = 0;
    for (Name& name : names) {
        if (name.now.starts_with(prefix)) {
            name.now.erase(0, prefix.size());
            ++count;
        }
    }
    return count;
}

std::size_t rename(Names& names, const pipeline::Rename& rule) {
    const std::regex pattern(rule.pattern);
    std::size_t count = 0;
    for (Name& name : names) {
        if (std::regex_search(name.now, pattern)) {
            name.now =
                std::regex_replace(name.now, pattern, rule.replacement, std::regex_constants::format_sed);
            ++count;
        }
    }
    return count;
}

void apply_pipeline(Names& names, const pipeline::Backbone& backbone, std::vector<std::string>& steps) {
    if (!backbone.weights_strip.empty()) {
        const std::size_t count = strip(names, backbone.weights_strip);
        if (count == 0) {
            throw unmatched(backbone.weights_strip_place, fmt::format("strip: '{}'", backbone.weights_strip),
                            names);
        }
        steps.push_back(fmt::format("'{}' taken off {} names", backbone.weights_strip, count));
    }
    for (const pipeline::Rename& rule : backbone.weights_rename) {
        const std::size_t count = rename(names, rule);
        if (count == 0) {
            throw unmatched(rule.place, fmt::format("rename: '{}'", rule.pattern), names);
        }
        steps.push_back(fmt::format("'{}' made '{}' in {} names", rule.pattern, rule.replacement, count));
    }
}

bool is_of_a_run(const Names& names) {
    const auto below = [&](const std::string& prefix) {
        return std::any_of(names.begin(), names.end(),
                           [&](const Name& name) { return name.now.starts_with(prefix); });
    };
    return below("backbone.") && std::all_of(names.begin(), names.end(), [](const Name& name) {
               return name.now.starts_with("backbone.") || name.now.starts_with("heads.") ||
                      name.now.starts_with("losses.");
           });
}

/// How well the wanted names stand under a prefix.
struct Fit {
    std::size_t names = 0;
    std::size_t shapes = 0;  ///< of these, with the wanted shape
};

/// Every prefix, up to a dot, under which a wanted name stands.
std::map<std::string, Fit> fits_of(const Names& names, const std::vector<NamedShape>& wanted) {
    std::map<std::string_view, const NamedShape*> known;
    for (const NamedShape& each : wanted) {
        known.emplace(each.name, &each);
    }
    std::map<std::string, Fit> fits;
    for (const Name& name : names) {
        for (std::size_t begin = 0; begin != std::string::npos && begin < name.now.size();) {
            const auto found = known.find(std::string_view(name.now).substr(begin));
            if (found != known.end()) {
                Fit& fit = fits[name.now.substr(0, begin)];
                ++fit.names;
                fit.shapes += found->second->shape == name.tensor->shape ? 1 : 0;
            }
            const std::size_t dot = name.now.find('.', begin);
            begin = dot == std::string::npos ? dot : dot + 1;
        }
    }
    return fits;
}

/// The prefixes that fit best, and better than none does; empty: none does.
std::vector<std::string> best_prefixes(const Names& names, const std::vector<NamedShape>& wanted) {
    const std::map<std::string, Fit> fits = fits_of(names, wanted);
    const auto rank = [](const Fit& fit) { return std::pair(fit.names, fit.shapes); };
    const auto best = std::max_element(fits.begin(), fits.end(), [&](const auto& left, const auto& right) {
        return rank(left.second) < rank(right.second);
    });
    const auto bare = fits.find("");
    if (best == fits.end() || best->second.names * 2 < wanted.size() ||
        (bare != fits.end() && rank(bare->second) == rank(best->second))) {
        return {};
    }
    std::vector<std::string> prefixes;
    for (const auto& [prefix, fit] : fits) {
        if (rank(fit) == rank(best->second)) {
            prefixes.push_back(prefix);
        }
    }
    std::stable_partition(prefixes.begin(), prefixes.end(),
                          [](const std::string& prefix) { return !weights::is_of_averages(prefix); });
    return prefixes;
}

/// Takes the prefix off under which the backbone stands. A name that stands there as well without it is left
/// out.
void strip_prefix(Names& names, const std::vector<NamedShape>& wanted, const std::string& source,
                  BackboneNames& result) {
    const std::vector<std::string> prefixes = best_prefixes(names, wanted);
    if (prefixes.empty()) {
        return;
    }
    const std::string& prefix = prefixes.front();
    if (prefixes.size() > 1 && weights::is_of_averages(prefixes[1]) == weights::is_of_averages(prefix)) {
        throw Failure(Category::data,
                      fmt::format("'{}': the backbone's names stand under several prefixes: {}", source,
                                  core::listed(prefixes)),
                      fmt::format("choose one: weights: {{file: ..., strip: {}}}", prefix));
    }
    std::set<std::string> inside;
    for (const Name& name : names) {
        if (name.now.starts_with(prefix)) {
            inside.insert(name.now.substr(prefix.size()));
        }
    }
    std::erase_if(names, [&](const Name& name) {
        const bool is_double = !name.now.starts_with(prefix) && inside.contains(name.now);
        if (is_double) {
            result.left_out.push_back(name.tensor->name);
        }
        return is_double;
    });
    const std::size_t count = strip(names, prefix);
    std::string step = count == names.size() ? fmt::format("'{}' taken off all names", prefix)
                                             : fmt::format("'{}' taken off {} names", prefix, count);
    if (prefixes.size() > 1) {
        step += fmt::format(" (strip: {} would take others)",
                            core::listed({prefixes.begin() + 1, prefixes.end()}));
    }
    result.steps.push_back(step);
}

/// Leaves the backbone's names, bare; heads go to `result` where they are wanted, the rest is left out.
void take_run(Names& names, bool with_heads, BackboneNames& result) {
    result.steps.emplace_back(with_heads ? "the backbone and the heads of a run taken"
                                         : "the backbone's part of a run taken");
    const auto others = std::stable_partition(
        names.begin(), names.end(), [](const Name& name) { return name.now.starts_with("backbone."); });
    for (auto name = others; name != names.end(); ++name) {
        if (with_heads && name->now.starts_with("heads.")) {
            result.heads.emplace(name->now, name->tensor);
        } else {
            result.left_out.push_back(name->tensor->name);
        }
    }
    names.erase(others, names.end());
    strip(names, "backbone.");
}

}  // namespace

std::vector<NamedShape> changed_names(const weights::WeightFile& file, const pipeline::Backbone& backbone) {
    Names names = names_of(file);
    std::vector<std::string> steps;
    apply_pipeline(names, backbone, steps);
    std::sort(names.begin(), names.end(), [](const Name& left, const Name& right) {
        return left.tensor->position < right.tensor->position;
    });
    std::vector<NamedShape> changed;
    for (const Name& name : names) {
        changed.push_back({name.now, name.tensor->shape});
    }
    return changed;
}

BackboneNames backbone_names(const weights::WeightFile& file, const pipeline::Backbone& backbone,
                             const std::vector<NamedShape>& wanted, const std::string& source) {
    Names names = names_of(file);
    BackboneNames result;
    result.steps = choice_steps(file);
    apply_pipeline(names, backbone, result.steps);
    const bool is_run = is_of_a_run(names);
    if (backbone.weights_heads && !is_run) {
        throw Failure(Category::pipeline,
                      core::Problems{{backbone.weights_heads_place,
                                      fmt::format("'{}' is no run's, so it has no heads", source),
                                      "name a run's folder, or leave heads out"}});
    }
    if (is_run) {
        take_run(names, backbone.weights_heads, result);
    } else {
        strip_prefix(names, wanted, source, result);
    }
    for (const Name& name : names) {
        const auto [other, added] = result.tensors.emplace(name.now, name.tensor);
        if (!added) {
            throw Failure(Category::data,
                          fmt::format("'{}': '{}' and '{}' both become '{}'", source, other->second->name,
                                      name.tensor->name, name.now),
                          "correct strip or rename in the pipeline");
        }
    }
    return result;
}

}  // namespace graft::model
