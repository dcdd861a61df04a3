// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `head:` and `heads:` with their targets and losses.
#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "pipeline/parts.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/section.hpp"
#include "pipeline/value_words.hpp"
#include "pipeline/values.hpp"

namespace graft::pipeline {
namespace {

/// Head names become levels of paths (heads.NAME.0.weight) and of metrics (val/NAME/accuracy).
bool is_head_name(const std::string& name) {
    const auto allowed = [](char byte) {
        return std::isalnum(static_cast<unsigned char>(byte)) != 0 || byte == '_' || byte == '-';
    };
    return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
           name.front() != '-' && std::all_of(name.begin(), name.end(), allowed);
}

void read_targets(const Section& section, Head& head) {
    const Node* one = section.find("target");
    const Node* several = section.find("targets");
    head.targets_place = several != nullptr ? several->place : one != nullptr ? one->place : head.use.place;
    if (one != nullptr && several != nullptr) {
        section.refuse("targets",
                       fmt::format("{} stands beside {}", section.label("targets"), section.label("target")),
                       "keep one of them");
        return;
    }
    if (section.values().has("target")) {
        head.targets[""] = section.values().text("target");
    }
    if (several == nullptr) {
        return;
    }
    if (!several->is_map() || several->entries.empty()) {
        section.refuse("targets",
                       fmt::format("{} is {}; must be a map of the head's targets to the data set's",
                                   section.label("targets"), several->is_map() ? "empty" : got(*several)),
                       "for example {age: age, gender: gender}; for a single one write target: NAME");
        return;
    }
    for (const auto& [port, target] : several->entries) {
        if (const auto name = read_text(target, section.label("targets") + "." + port, section.problems())) {
            head.targets[port] = *name;
        }
    }
}

void read_from(const Section& section, Head& head) {
    const Node* node = section.find("from");
    head.from_place = node != nullptr ? node->place : head.use.place;
    if (node == nullptr) {
        return;
    }
    if (node->is_map() || (node->is_list() && node->items.empty())) {
        section.refuse("from",
                       fmt::format("{} is {}; must be a stage or a list of stages", section.label("from"),
                                   node->is_map() ? "a map" : "an empty list"));
        return;
    }
    const std::vector<Node> stages = node->is_list() ? node->items : std::vector<Node>{*node};
    for (const Node& stage : stages) {
        if (const auto name = read_text(stage, section.label("from"), section.problems())) {
            head.from.push_back(*name);
        }
    }
}

Head read_head(const Section& section, const std::string& name) {
    Head head;
    head.name = name;
    head.use = section.use();
    read_targets(section, head);
    read_from(section, head);
    head.losses = read_losses(section);
    return head;
}

void read_short_form(const Section& top, const Node& node, std::vector<Head>& heads) {
    const Section section(node, top.below("head"), {"head"}, top.problems());
    if (section.is_map()) {
        const std::string id = section.use().id;
        heads.push_back(read_head(section, is_head_name(id) ? id : "head"));
    }
}

void read_long_form(const Section& top, const Node& node, std::vector<Head>& heads) {
    if (!node.is_map() || node.entries.empty()) {
        top.refuse("heads",
                   fmt::format("heads is {}; must be a map with at least one head",
                               node.is_map() ? "empty" : got(node)),
                   "for example heads: {species: {use: classification}}");
        return;
    }
    for (std::size_t index = 0; index < node.entries.size(); ++index) {
        const auto& [name, value] = node.entries[index];
        if (!is_head_name(name)) {
            top.problems().push_back({node.key_places[index],
                                      fmt::format("a head cannot be called '{}'", name),
                                      "letters, digits, '_' and '-' are allowed, a letter or '_' first"});
        }
        const Section section(value, {"heads." + name, node.key_places[index]}, {"head"}, top.problems());
        heads.push_back(read_head(section, name));
    }
}

}  // namespace

std::vector<Head> read_heads(const Section& top) {
    std::vector<Head> heads;
    const Node* one = top.find("head");
    const Node* several = top.find("heads");
    if (one != nullptr && several != nullptr) {
        top.problems().push_back({top.node().key_place("head"),
                                  "head stands beside heads; head is short for one head",
                                  "move it below heads, with a name"});
    }
    if (one == nullptr && several == nullptr) {
        top.problems().push_back(
            {top.place(), "'heads' is missing: what is learned", "add heads: {NAME: {use: classification}}"});
    }
    if (several != nullptr) {
        read_long_form(top, *several, heads);
    } else if (one != nullptr) {
        read_short_form(top, *one, heads);
    }
    return heads;
}

std::vector<std::string> names_of(const std::vector<Head>& heads) {
    std::vector<std::string> names;
    names.reserve(heads.size());
    std::transform(heads.begin(), heads.end(), std::back_inserter(names),
                   [](const Head& head) { return head.name; });
    return names;
}

}  // namespace graft::pipeline
