// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/needs.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/text.hpp"
#include "pipeline/value_words.hpp"

namespace graft::pipeline {
namespace {

constexpr std::string_view job_prefix = "job:";

void add_name(const Node& node, std::vector<JobName>& names, core::Problems& problems) {
    if (node.is_scalar() && !node.scalar.empty()) {
        names.push_back({node.scalar, node.place});
        return;
    }
    problems.push_back({node.place, fmt::format("needs has {}; must be the name of another job", got(node)),
                        "a job is called as its pipeline's `name` says"});
}

/// The scalar of `weights: W` and of `weights: {file: W}`; null where neither stands there. Of a document
/// that is const or not.
template <typename Document>
Document* weights_node(Document& document) {
    Document* backbone = document.is_map() ? document.find("backbone") : nullptr;
    Document* weights = backbone != nullptr && backbone->is_map() ? backbone->find("weights") : nullptr;
    if (weights != nullptr && weights->is_map()) {
        weights = weights->find("file");
    }
    return weights != nullptr && weights->is_scalar() ? weights : nullptr;
}

}  // namespace

bool names_job(const std::string& weights) {
    return weights.starts_with(job_prefix);
}

Needs needs_of(const Node& document, core::Problems& problems) {
    Needs needs;
    const Node* node = document.is_map() ? document.find("needs") : nullptr;
    if (node != nullptr && node->is_list() && !node->items.empty()) {
        for (const Node& item : node->items) {
            add_name(item, needs.jobs, problems);
        }
    } else if (node != nullptr) {
        add_name(*node, needs.jobs, problems);
    }
    const Node* weights = weights_node(document);
    if (weights != nullptr && names_job(weights->scalar)) {
        needs.weights = {weights->scalar.substr(job_prefix.size()), weights->place};
    }
    return needs;
}

void settle_needs(Node& document, const std::string& folder) {
    document.erase("needs");
    Node* weights = weights_node(document);
    if (weights != nullptr && names_job(weights->scalar)) {
        weights->scalar = core::name_to_text(folder);
        weights->quoted = true;
    }
}

void forget_needs(Node& document) {
    document.erase("needs");
    const Node* weights = weights_node(document);
    if (weights != nullptr && names_job(weights->scalar)) {
        document.find("backbone")->erase("weights");
    }
}

}  // namespace graft::pipeline
