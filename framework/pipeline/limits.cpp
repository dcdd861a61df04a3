// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "pipeline/limits.hpp"

#include <optional>

#include <fmt/format.h>

#include "core/duration.hpp"
#include "pipeline/value_words.hpp"

namespace graft::pipeline {
namespace {

void read_limit(const Node& document, const char* key, double& seconds, core::Problems& problems) {
    const Node* node = document.is_map() ? document.find(key) : nullptr;
    if (node == nullptr) {
        return;
    }
    const auto given = node->is_scalar() ? core::seconds_of_text(node->scalar) : std::nullopt;
    if (given) {
        seconds = *given;
        return;
    }
    problems.push_back(
        {node->place, fmt::format("{} is {}; must be {}", key, got(*node), core::duration_form), ""});
}

}  // namespace

Limits limits_of(const Node& document, core::Problems& problems) {
    Limits limits;
    read_limit(document, "time_limit", limits.time, problems);
    read_limit(document, "stall_limit", limits.stall, problems);
    return limits;
}

}  // namespace graft::pipeline
