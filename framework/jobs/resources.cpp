// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "jobs/resources.hpp"

#include <fmt/format.h>

#include "core/json_text.hpp"
#include "core/problem.hpp"

namespace graft::jobs {
namespace {

[[noreturn]] void refuse(const std::string& key, const core::Json& value, const std::string& expected) {
    throw core::Failure(core::Category::internal, fmt::format("the request's resources.{} is {}; must be {}",
                                                              key, core::json_text(value), expected));
}

std::int64_t integer(const std::string& key, const core::Json& value) {
    if (!value.is_number_integer() || value.get<std::int64_t>() < 0) {
        refuse(key, value, "a whole number from 0");
    }
    return value.get<std::int64_t>();
}

}  // namespace

core::Json to_json(const Resources& resources) {
    return {{"device", resources.device},
            {"threads", resources.threads},
            {"memory_share", resources.memory_share},
            {"rank", resources.rank},
            {"ranks", resources.ranks}};
}

Resources resources_from_json(const core::Json& json) {
    Resources resources;
    for (const auto& [key, value] : json.items()) {
        if (key == "device" && value.is_string()) {
            resources.device = value.get<std::string>();
        } else if (key == "threads") {
            resources.threads = integer(key, value);
        } else if (key == "memory_share" && value.is_number() && value > 0.0 && value <= 1.0) {
            resources.memory_share = value.get<double>();
        } else if (key == "rank") {
            resources.rank = integer(key, value);
        } else if (key == "ranks") {
            resources.ranks = integer(key, value);
        } else {
            refuse(key, value,
                   key == "device"         ? "a text"
                   : key == "memory_share" ? "above 0 and at most 1"
                                           : "left out: there is no such key");
        }
    }
    if (resources.ranks != 1 || resources.rank != 0) {
        throw core::Failure(
            core::Category::pipeline,
            fmt::format("a job of {} tasks was asked for, but this graft works in one process a job",
                        resources.ranks),
            "leave --tasks out; --jobs trains several pipelines at the same time");
    }
    return resources;
}

}  // namespace graft::jobs
