// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `backbone:` with its weights.
#include <regex>

#include <fmt/format.h>

#include "core/text.hpp"
#include "pipeline/parts.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/section.hpp"
#include "pipeline/value_words.hpp"
#include "pipeline/values.hpp"

namespace graft::pipeline {
namespace {

void read_rename(const Section& section, Backbone& backbone) {
    const Node* node = section.find("rename");
    if (node == nullptr) {
        return;
    }
    const std::string label = section.label("rename");
    if (!node->is_map()) {
        section.refuse("rename",
                       fmt::format("{} is {}; must be a map of patterns to replacements", label, got(*node)),
                       "for example {\"^encoder\\\\.\": \"\"}");
        return;
    }
    for (std::size_t index = 0; index < node->entries.size(); ++index) {
        const auto& [pattern, replacement] = node->entries[index];
        const core::Place& place = node->key_places[index];
        if (!replacement.is_scalar()) {
            section.problems().push_back(
                {replacement.place,
                 fmt::format("{} has {} for '{}'; must be text", label, got(replacement), pattern),
                 "write \"\" to take away what the pattern finds"});
            continue;
        }
        try {
            const std::regex compiled(pattern);
        } catch (const std::regex_error& error) {
            section.problems().push_back(
                {place, fmt::format("{}: '{}' is no regular expression: {}", label, pattern, error.what()),
                 "a point, bracket or brace that is meant as such needs a backslash before it"});
            continue;
        }
        backbone.weights_rename.push_back({pattern, replacement.scalar, place});
    }
}

void read_weights(const Section& section, Backbone& backbone) {
    const Node* node = section.find("weights");
    backbone.weights_place = node != nullptr ? node->place : backbone.use.place;
    if (node == nullptr) {
        return;
    }
    if (!node->is_map()) {
        const OptionSpec spec = option::text("weights", backbone.weights, "");
        backbone.weights = core::text_to_name(
            std::get<std::string>(read_value(*node, spec, section.label("weights"), section.problems())));
        return;
    }
    const Section weights(*node, section.below("weights"), {"weights"}, section.problems());
    if (const Node* file = weights.find("file"); file != nullptr && weights.values().has("file")) {
        backbone.weights = core::text_to_name(weights.values().text("file"));
        backbone.weights_place = file->place;
    }
    if (weights.values().has("key")) {
        backbone.weights_key = weights.values().text("key");
        backbone.weights_key_place = weights.find("key")->place;
    }
    if (weights.values().has("strip")) {
        backbone.weights_strip = weights.values().text("strip");
        backbone.weights_strip_place = weights.find("strip")->place;
    }
    read_rename(weights, backbone);
    if (const Node* heads = weights.find("heads"); heads != nullptr) {
        backbone.weights_heads = weights.values().boolean("heads");
        backbone.weights_heads_place = heads->place;
    }
    for (const char* key : {"key", "strip", "rename", "heads"}) {
        if (backbone.weights == "none" && weights.values().has("file") && weights.find(key) != nullptr) {
            weights.refuse(
                key,
                fmt::format("{} goes with a file; {} is none", weights.label(key), weights.label("file")),
                "name a file, or write weights: none");
        }
    }
}

}  // namespace

Backbone read_backbone(const Section& top) {
    Backbone backbone;
    const Node* node = top.find("backbone");
    if (node == nullptr) {
        top.problems().push_back({{top.place()},
                                  "'backbone' is missing: the network that features come from",
                                  "add backbone: {use: resnet18}"});
        return backbone;
    }
    const Section section(*node, top.below("backbone"), {"backbone"}, top.problems());
    backbone.use = section.use();
    read_weights(section, backbone);
    if (section.values().has("until")) {
        backbone.until = section.values().text("until");
        backbone.until_place = section.find("until")->place;
    }
    return backbone;
}

}  // namespace graft::pipeline
