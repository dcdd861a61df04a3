// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `--set train.phases.0.epochs=2`.
#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/number_text.hpp"
#include "core/text.hpp"
#include "pipeline/document.hpp"
#include "pipeline/source.hpp"

namespace graft::pipeline {
namespace {

using core::Place;
using core::Problems;

/// Places of the value become places of the whole argument.
void shift(Place& place, const Assignment& assignment) {
    const int before = static_cast<int>(character_count(assignment.path)) + 1;
    place = assignment.place(std::max(place.column, 1) + before);
}

void shift(Node& node, const Assignment& assignment) {
    shift(node.place, assignment);
    for (Node& item : node.items) {
        shift(item, assignment);
    }
    for (auto& entry : node.entries) {
        shift(entry.second, assignment);
    }
    for (Place& place : node.key_places) {
        shift(place, assignment);
    }
}

std::optional<Assignment> parse_assignment(const std::string& word, Problems& problems) {
    const std::string text = core::legible(word);  // a shell hands over any bytes
    const std::size_t equals = text.find('=');
    Assignment assignment;
    assignment.typed = text;
    assignment.path = text.substr(0, equals);
    assignment.steps = steps_of(assignment.path);
    const bool one_line = text.find('\n') == std::string::npos;
    if (equals == std::string::npos || assignment.steps.empty() || !one_line) {
        problems.push_back({{"--set", 0, 1, one_line ? text : ""},
                            one_line ? "expected PATH=VALUE" : "the value must stand on one line",
                            "for example --set train.batch=64 or --set train.phases.0.epochs=2"});
        return std::nullopt;
    }
    if (assignment.steps.front() == "extends") {
        problems.push_back({assignment.place(1), "'extends' cannot be set here",
                            "write it into a pipeline file of its own"});
        return std::nullopt;
    }
    try {
        assignment.value = parse_document(text.substr(equals + 1), "--set " + assignment.path);
    } catch (const core::Failure& failure) {
        for (core::Problem problem : failure.problems()) {
            shift(problem.place, assignment);
            problems.push_back(std::move(problem));
        }
        return std::nullopt;
    }
    shift(assignment.value, assignment);
    return assignment;
}

/// `optimizer: adam` is short for `optimizer: {use: adam}`, and so are schedules and losses.
void widen_short_form(Node& node, const std::string& key) {
    if (!node.is_scalar() || (key != "optimizer" && key != "schedule" && key != "loss")) {
        return;
    }
    Node map;
    map.kind = Node::Kind::map;
    map.place = node.place;
    const Place place = node.place;
    map.set("use", std::move(node), place);
    node = std::move(map);
}

/// Walks down the path, one step a call.
class Walker {
public:
    Walker(const Assignment& assignment, Problems& problems) : assignment_(assignment), problems_(problems) {}

    /// The node that a step leads to, made if need be; null after a problem.
    Node* step(Node& from, std::size_t number) {
        const std::string& name = assignment_.steps[number];
        const int column = column_;
        column_ += static_cast<int>(character_count(name)) + 1;
        if (from.is_list()) {
            return item(from, number, column);
        }
        if (number > 0) {
            widen_short_form(from, assignment_.steps[number - 1]);
        }
        if (from.is_scalar()) {
            return refuse(column,
                          fmt::format("{} is a value; nothing stands below it",
                                      number == 0 ? "the pipeline" : walked(number)),
                          "");
        }
        if (from.kind == Node::Kind::null) {
            if (core::number_of_text<std::size_t>(name)) {
                return refuse(
                    column, fmt::format("{} is no list, so there is no entry {}", walked(number), name),
                    walked(number) == "train.phases"
                        ? "the keys of a single phase stand directly under train: --set train.epochs=2"
                        : "set the whole list: --set " + walked(number) + "=[...]");
            }
            from.kind = Node::Kind::map;
            from.place = assignment_.place(column);
        }
        if (from.find(name) == nullptr) {
            from.set(name, Node{}, assignment_.place(column));
        }
        return from.find(name);
    }

private:
    Node* item(Node& from, std::size_t number, int column) {
        const auto index = core::number_of_text<std::size_t>(assignment_.steps[number]);
        if (index && *index < from.items.size()) {
            return &from.items[*index];
        }
        return refuse(
            column,
            fmt::format("{} is a list of {}; it has no entry {}", walked(number), from.items.size(),
                        assignment_.steps[number]),
            from.items.empty() ? "" : fmt::format("entries count from 0 to {}", from.items.size() - 1));
    }

    std::string walked(std::size_t number) const {
        std::string path;
        for (std::size_t step = 0; step < number; ++step) {
            path += (path.empty() ? "" : ".") + assignment_.steps[step];
        }
        return path;
    }

    Node* refuse(int column, std::string message, std::string remedy) {
        problems_.push_back({assignment_.place(column), std::move(message), std::move(remedy)});
        return nullptr;
    }

    const Assignment& assignment_;
    Problems& problems_;
    int column_ = 1;
};

}  // namespace

std::vector<std::string> steps_of(const std::string& path) {
    std::vector<std::string> steps;
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t dot = std::min(path.find('.', begin), path.size());
        steps.push_back(path.substr(begin, dot - begin));
        begin = dot + 1;
    }
    return std::find(steps.begin(), steps.end(), "") == steps.end() ? steps : std::vector<std::string>();
}

void assign(Node& document, const Assignment& assignment, Problems& problems) {
    Walker walker(assignment, problems);
    Node* node = &document;
    Node* parent = nullptr;
    for (std::size_t number = 0; number < assignment.steps.size(); ++number) {
        parent = node;
        node = walker.step(*node, number);
        if (node == nullptr) {
            return;
        }
    }
    *node = assignment.value;
    if (parent->is_map()) {
        const int column =
            static_cast<int>(character_count(assignment.path) - character_count(assignment.steps.back())) + 1;
        parent->set(assignment.steps.back(), assignment.value, assignment.place(column));
    }
}

void apply_set(Node& document, const std::string& text, Problems& problems) {
    if (const auto assignment = parse_assignment(text, problems)) {
        assign(document, *assignment, problems);
    }
}

}  // namespace graft::pipeline
