// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Freezing by patterns.
#include "model/freeze.hpp"

#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <ATen/ATen.h>

#include "core/names.hpp"

namespace graft::model {
namespace {

/// Every name under which a pattern finds a tensor: its own path, the modules around it, its stage.
std::vector<std::string> names_of(const NamedTensor& tensor) {
    std::vector<std::string> names;
    for (std::size_t dot = tensor.path.find('.'); dot != std::string::npos;
         dot = tensor.path.find('.', dot + 1)) {
        names.push_back(tensor.path.substr(0, dot));
    }
    names.push_back(tensor.path);
    if (!tensor.stage.empty()) {
        names.push_back("backbone." + tensor.stage);
    }
    return names;
}

/// "heads" and "losses" alone are levels, too; an entry that names what was cut off says so.
core::Problem nothing_matches(const Model& model, const std::vector<NamedTensor>& tensors,
                              const std::string& pattern, const core::Place& place) {
    core::Problem problem{place, fmt::format("freeze entry '{}' matches nothing", pattern), ""};
    const auto& stages = model.backbone().stages();
    std::set<std::string> names;
    std::set<std::string> upper{"backbone"};
    for (const NamedTensor& tensor : tensors) {
        const std::vector<std::string> all = names_of(tensor);
        names.insert(all.begin(), all.end());
    }
    for (std::size_t index = 0; index < stages.size(); ++index) {
        const std::string name = "backbone." + stages[index].name;
        if (index < model.kept_stages()) {
            upper.insert(name);
        } else if (pattern == name || pattern.starts_with(name + ".")) {
            problem.remedy = fmt::format("stage '{}' is cut off: backbone.until is {}", stages[index].name,
                                         stages[model.kept_stages() - 1].name);
            return problem;
        }
    }
    for (const HeadPart& head : model.heads()) {
        upper.insert("heads." + head.name);
    }
    const std::string near = core::nearest(pattern, {names.begin(), names.end()});
    problem.remedy = near.empty() ? "it may name one of these or a module below: " +
                                        core::listed({upper.begin(), upper.end()})
                                  : fmt::format("did you mean '{}'?", near);
    return problem;
}

/// Whether a pattern finds the tensor; marks all that do.
bool is_frozen(const NamedTensor& tensor, const std::vector<std::string>& patterns, std::vector<bool>& used) {
    bool frozen = false;
    for (const std::string& name : names_of(tensor)) {
        for (std::size_t entry = 0; entry < patterns.size(); ++entry) {
            if (core::matches(patterns[entry], name)) {
                used[entry] = true;
                frozen = true;
            }
        }
    }
    return frozen;
}

std::size_t frozen_prefix(const Model& model, const std::set<std::string>& trained_stages) {
    std::size_t length = 0;
    while (length < model.kept_stages() && !trained_stages.contains(model.backbone().stages()[length].name)) {
        ++length;
    }
    return length;
}

}  // namespace

Freezing plan_freeze(const Model& model, const pipeline::Phase& phase, core::Problems& problems) {
    const std::vector<NamedTensor> tensors = model.tensors();
    std::vector<bool> used(phase.freeze.size(), false);
    std::set<std::string> trained_stages;
    Freezing freezing;
    for (const NamedTensor& tensor : tensors) {
        const bool frozen = is_frozen(tensor, phase.freeze, used);
        if (frozen) {
            freezing.frozen.push_back(tensor.path);
        } else if (!tensor.stage.empty()) {
            trained_stages.insert(tensor.stage);
        }
        if (!tensor.is_buffer) {
            freezing.total_parameters += tensor.tensor.numel();
            if (!frozen) {
                freezing.trainable.push_back(tensor.path);
                freezing.trainable_parameters += tensor.tensor.numel();
            }
        }
    }
    for (std::size_t entry = 0; entry < used.size(); ++entry) {
        if (!used[entry]) {
            const core::Place place =
                entry < phase.freeze_places.size() ? phase.freeze_places[entry] : phase.place;
            problems.push_back(nothing_matches(model, tensors, phase.freeze[entry], place));
        }
    }
    freezing.frozen_stages = frozen_prefix(model, trained_stages);
    return freezing;
}

void apply_freeze(Model& model, const Freezing& freezing) {
    const std::set<std::string> trainable(freezing.trainable.begin(), freezing.trainable.end());
    for (const NamedTensor& tensor : model.tensors()) {
        if (!tensor.is_buffer) {
            at::Tensor parameter = tensor.tensor;
            parameter.set_requires_grad(trainable.contains(tensor.path));
        }
    }
}

}  // namespace graft::model
