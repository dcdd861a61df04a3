// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "model/weight_names.hpp"

#include <algorithm>
#include <regex>

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

bool all_begin_with(const Names& names, const std::string& prefix) {
    return !names.empty() && std::all_of(names.begin(), names.end(),
                                         [&](const Name& name) { return name.now.starts_with(prefix); });
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

/// Wrappers of training programs: of DataParallel, of torch.compile.
void strip_wrappers(Names& names, std::vector<std::string>& steps) {
    for (const std::string prefix : {"module.", "_orig_mod."}) {
        if (all_begin_with(names, prefix)) {
            steps.push_back(fmt::format("'{}' taken off all names", prefix));
            strip(names, prefix);
        }
    }
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

BackboneNames backbone_names(const weights::WeightFile& file, const pipeline::Backbone& backbone,
                             const std::string& source) {
    Names names;
    for (const weights::Tensor& tensor : file.tensors) {
        names.push_back({tensor.name, &tensor});
    }
    BackboneNames result;
    if (!file.wrapper.empty()) {
        result.steps.push_back(fmt::format("the state dict under '{}' taken", file.wrapper));
    }
    apply_pipeline(names, backbone, result.steps);
    strip_wrappers(names, result.steps);
    const bool is_run = is_of_a_run(names);
    if (backbone.weights_heads && !is_run) {
        throw Failure(Category::pipeline,
                      core::Problems{{backbone.weights_heads_place,
                                      fmt::format("'{}' is no run's, so it has no heads", source),
                                      "name a run's folder, or leave heads out"}});
    }
    if (is_run) {
        take_run(names, backbone.weights_heads, result);
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
