// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `loss:` of a head in its four forms: an id; a map with `use`; a map of outputs to one of these; a list
// of maps with `outputs`.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "pipeline/parts.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/section.hpp"
#include "pipeline/value_words.hpp"
#include "pipeline/values.hpp"

namespace graft::pipeline {
namespace {

/// One loss, an id or a map; nothing after a problem with its form. `output`: the one it is written under.
void add_loss(const Node& node, const Section::Site& site, const std::string& output,
              core::Problems& problems, std::vector<Loss>& losses) {
    const bool no_id = node.is_scalar() && node.scalar.empty();
    if (no_id || !(node.is_scalar() || node.is_map())) {
        problems.push_back({node.place, fmt::format("{} is {}; must be a loss", site.path, got(node)),
                            "write its id, or {use: ID, weight: 0.5}"});
        return;
    }
    const Node map = long_form(node);
    const Section section(map, site, {"loss"}, problems);
    Loss loss;
    loss.place = node.place;
    loss.weight = section.values().real("weight");
    loss.outputs = section.values().texts("outputs");
    if (!output.empty() && section.find("outputs") != nullptr) {
        section.refuse(
            "outputs",
            fmt::format("{} stands below the output '{}' already", section.label("outputs"), output),
            "remove it, or write the losses as a list");
    }
    if (!output.empty()) {
        loss.outputs = {output};
    }
    if (section.values().has("use")) {
        loss.use = section.use();
    } else if (std::any_of(map.entries.begin(), map.entries.end(), [](const auto& entry) {
                   return format_section("loss").find(entry.first) == nullptr;
               })) {
        problems.push_back(
            {node.place, fmt::format("'use' is missing in {}: options need the id of their loss", site.path),
             ""});
    }
    losses.push_back(std::move(loss));
}

/// {weight: 0.5} and {use: ...} are one loss; anything else names outputs.
bool is_one_loss(const Node& map) {
    return std::all_of(
               map.entries.begin(), map.entries.end(),
               [](const auto& entry) { return format_section("loss").find(entry.first) != nullptr; }) ||
           map.find("use") != nullptr;
}

}  // namespace

std::vector<Loss> read_losses(const Section& head) {
    std::vector<Loss> losses;
    const Node* node = head.find("loss");
    if (node == nullptr) {
        return losses;
    }
    const Section::Site site = head.below("loss");
    const bool empty = node->is_list() ? node->items.empty() : node->is_map() && node->entries.empty();
    if (empty) {
        head.refuse("loss", fmt::format("{} is empty; must be a loss", site.path),
                    "leave the key out for the head's default");
    } else if (node->is_list()) {
        for (std::size_t index = 0; index < node->items.size(); ++index) {
            add_loss(node->items[index], {fmt::format("{}.{}", site.path, index), node->items[index].place},
                     "", head.problems(), losses);
        }
    } else if (node->is_map() && !is_one_loss(*node)) {
        for (std::size_t index = 0; index < node->entries.size(); ++index) {
            const auto& [output, value] = node->entries[index];
            add_loss(value, {site.path + "." + output, node->key_places[index]}, output, head.problems(),
                     losses);
        }
    } else {
        add_loss(*node, site, "", head.problems(), losses);
    }
    return losses;
}

}  // namespace graft::pipeline
