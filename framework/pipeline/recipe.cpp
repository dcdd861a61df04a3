// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `train.recipe`: phases by one word.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/problem.hpp"
#include "pipeline/parts.hpp"
#include "pipeline/section.hpp"
#include "pipeline/values.hpp"

namespace graft::pipeline {
namespace {

Node scalar(const std::string& text, const core::Place& place) {
    Node node;
    node.kind = Node::Kind::scalar;
    node.scalar = text;
    node.place = place;
    return node;
}

Node empty(Node::Kind kind, const core::Place& place) {
    Node node;
    node.kind = kind;
    node.place = place;
    return node;
}

/// Builds the phases out of what stands beside the recipe.
class Recipe {
public:
    Recipe(Node& train, core::Problems& problems)
        : train_(train), recipe_(*train.find("recipe")), problems_(problems) {}

    /// A word that is no recipe stays, and is refused with the other keys.
    void apply() {
        const std::string& word = recipe_.scalar;
        if (!recipe_.is_scalar() || !contains({"probe", "lp-ft", "full"}, word)) {
            return;
        }
        Node phases = empty(Node::Kind::list, recipe_.place);
        if (word != "full") {
            phases.items.push_back(probe());
        } else if (train_.find("solve") != nullptr) {
            refuse("solve", "train.solve stands beside recipe: full, which has no phase to solve");
        }
        if (word != "probe") {
            phases.items.push_back(everything(/*from_best=*/word == "lp-ft"));
        }
        for (const std::string key : {"phases", "freeze", "start"}) {
            if (train_.find(key) != nullptr) {
                refuse(key, fmt::format("train.{} stands beside train.recipe, which makes the phases", key));
            }
        }
        replace(std::move(phases));
    }

private:
    void refuse(const std::string& key, const std::string& message) {
        problems_.push_back({train_.key_place(key), message, "keep one of them"});
    }

    void copy(const std::string& key, Node& phase) const {
        if (const Node* node = train_.find(key)) {
            phase.set(key, *node, train_.key_place(key));
        }
    }

    Node probe() const {
        Node phase = empty(Node::Kind::map, recipe_.place);
        Node freeze = empty(Node::Kind::list, recipe_.place);
        freeze.items.push_back(scalar("backbone", recipe_.place));
        phase.set("freeze", std::move(freeze), recipe_.place);
        if (train_.find("solve") == nullptr) {
            add_steps(phase);
            return phase;
        }
        copy("solve", phase);
        if (recipe_.scalar == "probe") {  // no phase takes steps: what is said of them is refused there
            for (const std::string key : {"epochs", "optimizer", "schedule", "early_stop"}) {
                copy(key, phase);
            }
        }
        return phase;
    }

    Node everything(bool from_best) const {
        Node phase = empty(Node::Kind::map, recipe_.place);
        if (from_best) {
            phase.set("start", scalar("best", recipe_.place), recipe_.place);
        }
        add_steps(phase);
        if (from_best) {
            lower_rate(phase);
        }
        return phase;
    }

    void add_steps(Node& phase) const {
        copy("epochs", phase);
        copy("optimizer", phase);
        copy("schedule", phase);
        if (phase.find("schedule") == nullptr) {
            Node schedule = empty(Node::Kind::map, recipe_.place);
            schedule.set("use", scalar("cosine", recipe_.place), recipe_.place);
            schedule.set("warmup", scalar("0.1", recipe_.place), recipe_.place);
            phase.set("schedule", std::move(schedule), recipe_.place);
        }
        copy("early_stop", phase);
    }

    void lower_rate(Node& phase) const {
        constexpr double usual = 1e-3;
        constexpr double part = 0.1;
        const Node* given = phase.find("optimizer");
        Node optimizer = given != nullptr ? long_form(*given) : empty(Node::Kind::map, recipe_.place);
        if (!optimizer.is_map()) {
            return;
        }
        const Node* rate = optimizer.find("lr");
        const auto number = rate != nullptr ? as_real(*rate) : usual;
        if (number) {  // anything else is refused where it stands
            const core::Place place = rate != nullptr ? rate->place : recipe_.place;
            optimizer.set("lr", scalar(fmt::format("{:g}", part * *number), place), place);
        }
        phase.set("optimizer", std::move(optimizer), given != nullptr ? given->place : recipe_.place);
    }

    void replace(Node phases) {
        const core::Place place = train_.key_place("recipe");
        Node rest = empty(Node::Kind::map, train_.place);
        const std::vector<std::string> used = {"recipe",   "phases",    "freeze",     "start", "epochs",
                                               "schedule", "optimizer", "early_stop", "solve"};
        for (std::size_t index = 0; index < train_.entries.size(); ++index) {
            auto& [key, value] = train_.entries[index];
            if (!contains(used, key)) {
                rest.set(key, std::move(value), train_.key_places[index]);
            }
        }
        rest.set("phases", std::move(phases), place);
        train_ = std::move(rest);
    }

    Node& train_;
    const Node recipe_;
    core::Problems& problems_;
};

}  // namespace

Node expanded_recipe(Node document, core::Problems& problems) {
    Node* train = document.is_map() ? document.find("train") : nullptr;
    if (train != nullptr && train->is_map() && train->find("recipe") != nullptr) {
        Recipe(*train, problems).apply();
    }
    return document;
}

}  // namespace graft::pipeline
