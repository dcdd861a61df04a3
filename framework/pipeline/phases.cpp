// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What stands in a phase: epochs, freeze, solve, start, optimizer, schedule, early_stop.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/names.hpp"
#include "pipeline/parts.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/section.hpp"
#include "pipeline/value_words.hpp"
#include "pipeline/values.hpp"

namespace graft::pipeline {
namespace {

constexpr std::size_t longest_pattern = 500;

/// What is wrong with the form of a freeze entry.
struct Complaint {
    std::string message;  ///< empty: nothing
    std::string remedy = {};
};

/// Levels beyond the head's name belong to plugins; the model knows them.
Complaint check_freeze_entry(const std::string& entry, const std::vector<std::string>& head_names) {
    if (entry.size() > longest_pattern) {
        return {fmt::format("has {} bytes; at most {} are allowed", entry.size(), longest_pattern)};
    }
    if (entry.empty() || entry.front() == '.' || entry.back() == '.' ||
        entry.find("..") != std::string::npos) {
        return {fmt::format("is '{}'; a level of the path is empty", entry), "write it like backbone.layer1"};
    }
    const std::size_t dot = std::min(entry.find('.'), entry.size());
    const std::string first = entry.substr(0, dot);
    const std::string rest = dot < entry.size() ? entry.substr(dot + 1) : "";
    const std::vector<std::string> roots = {"backbone", "heads", "losses"};
    if (first.find('*') != std::string::npos || first == "backbone") {
        return {};
    }
    if (!contains(roots, first)) {
        const std::string near = core::nearest(first, roots);
        const std::string remedy = contains(head_names, first) ? "did you mean 'heads." + entry + "'?"
                                   : near.empty() ? "for the backbone's layer1 write backbone.layer1"
                                                  : "did you mean '" + near + entry.substr(dot) + "'?";
        return {fmt::format("is {}; must begin with backbone, heads.NAME or losses.NAME", entry), remedy};
    }
    const std::string name = rest.substr(0, rest.find_first_of(first == "losses" ? "./" : "."));
    if (name.find('*') != std::string::npos || contains(head_names, name) || head_names.empty()) {
        return {};
    }
    if (name.empty()) {
        return {fmt::format("is {}; which of them?", entry),
                fmt::format("write {}.{}", first, head_names.front())};
    }
    return {fmt::format("is {}; there is no head '{}'", entry, name), core::suggest(name, head_names)};
}

void read_freeze(const Section& section, Phase& phase, const std::vector<Head>& heads) {
    const Node* node = section.find("freeze");
    if (node == nullptr) {
        return;
    }
    if (!node->is_list()) {
        section.refuse(
            "freeze", fmt::format("{} is {}; must be a list of paths", section.label("freeze"), got(*node)),
            node->is_scalar() && !node->scalar.empty() ? fmt::format("write [{}]", node->scalar.substr(0, 60))
                                                       : "");
        return;
    }
    const std::vector<std::string> names = names_of(heads);
    for (std::size_t index = 0; index < node->items.size(); ++index) {
        const Node& item = node->items[index];
        const std::string label = fmt::format("{}.{}", section.label("freeze"), index);
        const auto entry = read_text(item, label, section.problems());
        if (!entry) {
            continue;
        }
        const Complaint complaint = check_freeze_entry(*entry, names);
        if (complaint.message.empty()) {
            phase.freeze.push_back(*entry);
            phase.freeze_places.push_back(item.place);
        } else {
            section.problems().push_back({item.place, label + " " + complaint.message, complaint.remedy});
        }
    }
}

Optimizer read_optimizer(const Section& section) {
    const Options& values = section.values();
    Optimizer optimizer;
    optimizer.use = values.text("use");
    optimizer.learning_rate = values.real("lr");
    optimizer.weight_decay = values.real("weight_decay");
    const std::vector<double>& betas = values.reals("betas");
    optimizer.betas = {betas.at(0), betas.at(1)};
    optimizer.epsilon = values.real("epsilon");
    optimizer.momentum = values.real("momentum");
    optimizer.nesterov = values.boolean("nesterov");
    if (optimizer.use == "sgd" && optimizer.nesterov && optimizer.momentum <= 0) {
        section.refuse("nesterov", fmt::format("{} needs a momentum above 0", section.label("nesterov")),
                       "add momentum: 0.9");
        optimizer.nesterov = false;
    }
    return optimizer;
}

Schedule read_schedule(const Section& section) {
    const Options& values = section.values();
    return {values.text("use"), values.real("warmup"), values.integer("every"), values.real("factor"),
            values.real("minimum")};
}

}  // namespace

void read_phase_parts(const Section& section, Phase& phase) {
    if (const Node* node = section.find("optimizer")) {
        const Node map = long_form(*node);
        phase.optimizer =
            read_optimizer(Section(map, section.below("optimizer"), {"optimizer"}, section.problems()));
    }
    if (const Node* node = section.find("schedule")) {
        const Node map = long_form(*node);
        phase.schedule =
            read_schedule(Section(map, section.below("schedule"), {"schedule"}, section.problems()));
    }
    if (const Node* node = section.find("early_stop")) {
        const Section stop(*node, section.below("early_stop"), {"early_stop"}, section.problems());
        phase.early_stop.patience = stop.values().has("patience") ? stop.values().integer("patience") : 0;
        phase.early_stop.minimum_change = stop.values().real("minimum_change");
    }
}

namespace {

Solve read_solve(const Section& section) {
    const Options& values = section.values();
    Solve solve;
    solve.use = values.text("use");
    solve.choose = values.text("choose");
    solve.folds = values.integer("folds");
    solve.tolerance = values.real("tolerance");
    solve.place = section.place();
    if (values.has("strength")) {
        solve.strength = values.real("strength");
    }
    for (const std::string key : {"choose", "folds"}) {
        const bool idle = solve.strength || (key == "folds" && solve.choose == "val");
        if (section.find(key) != nullptr && idle) {
            section.refuse(key,
                           fmt::format("{} has no meaning: {}", section.label(key),
                                       solve.strength ? "the strength is given"
                                                      : "the strength is chosen on the validation split"),
                           "remove one of them");
        }
    }
    return solve;
}

void take_solve(const Section& section, Phase& phase) {
    const Node* node = section.find("solve");
    if (node == nullptr) {
        return;
    }
    const Node map = long_form(*node);
    phase.solve = read_solve(Section(map, section.below("solve"), {"solve"}, section.problems()));
    phase.epochs = 1;
    for (const std::string key : {"epochs", "optimizer", "schedule", "early_stop"}) {
        if (section.find(key) != nullptr) {
            section.problems().push_back(
                {section.node().key_place(key),
                 fmt::format("{} has no meaning beside {}: a solved phase takes no steps", section.label(key),
                             section.label("solve")),
                 "remove one of them"});
        }
    }
}

}  // namespace

Phase read_phase(const Section& section, const Phase& defaults, const std::vector<Head>& heads) {
    Phase phase = defaults;
    phase.place = section.place();
    phase.epochs = section.values().integer("epochs");
    phase.start = section.values().text("start");
    take_solve(section, phase);
    read_freeze(section, phase, heads);
    read_phase_parts(section, phase);
    return phase;
}

}  // namespace graft::pipeline
