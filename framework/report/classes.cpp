// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/classes.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "report/formatting.hpp"

namespace graft::report {
namespace {

using core::Json;

std::int64_t samples(const Json& entry, const char* split) {
    const Json count = entry.is_object() ? entry.value(split, Json()) : Json();
    return count.is_number_integer() ? count.get<std::int64_t>() : 0;
}

}  // namespace

std::string classes_text(const Json& classes) {
    constexpr std::size_t most = 20;
    std::string shown;
    for (const Json& target : classes) {
        const Json list = target.is_object() ? target.value("classes", Json::array()) : Json::array();
        const bool has_val = std::any_of(list.begin(), list.end(),
                                         [](const Json& entry) { return samples(entry, "val") > 0; });
        std::string entries;
        for (std::size_t index = 0; index < std::min(list.size(), most); ++index) {
            entries += (index == 0 ? "" : ", ") + text(list[index], "name") + " " +
                       grouped(samples(list[index], "train")) +
                       (has_val ? " + " + grouped(samples(list[index], "val")) : "");
        }
        if (list.size() > most) {
            entries += fmt::format(" and {} more", grouped(static_cast<std::int64_t>(list.size() - most)));
        }
        shown += fmt::format("{} of {} ({} samples): {}\n", list.size() == 1 ? "class" : "classes",
                             text(target, "target"), has_val ? "training + validation" : "training", entries);
    }
    return shown;
}

}  // namespace graft::report
