// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "run_placing.hpp"

#include <string>

#include "core/hash.hpp"
#include "pipeline/limits.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/values.hpp"

namespace graft::app {
namespace {

/// A value below a section, as text; empty where there is none.
std::string value_at(const pipeline::Node& document, const char* section, const char* key) {
    const pipeline::Node* below = document.find(section);
    const pipeline::Node* value = below != nullptr && below->is_map() ? below->find(key) : nullptr;
    return value != nullptr && value->is_scalar() ? value->scalar : "";
}

}  // namespace

void place_by(const pipeline::Node& document, jobs::Job& job) {
    const auto asked = job.request["resources"].value("device", std::string());
    job.device = asked.empty() ? value_at(document, "train", "device") : asked;
    job.sweep = job.request.value("pipeline", std::string());
    if (const pipeline::Node* priority = document.find("priority"); priority != nullptr) {
        // What is no number is refused where the pipeline is validated.
        job.priority = static_cast<int>(pipeline::as_integer(*priority).value_or(job.priority));
    }
    core::Problems ignored;  // they are told where the pipeline is validated
    const pipeline::Limits limits = pipeline::limits_of(document, ignored);
    job.time_limit = limits.time;
    job.stall_limit = limits.stall;
    if (value_at(document, "features", "cache") != "off") {
        core::Hasher sections;
        for (const char* section : {"data", "backbone"}) {
            const pipeline::Node* node = document.find(section);
            sections.add(node == nullptr ? "" : pipeline::emit(*node));
        }
        job.prefix = sections.hex();
    }
}

}  // namespace graft::app
