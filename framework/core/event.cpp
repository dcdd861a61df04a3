// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/event.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "core/clock.hpp"
#include "core/json_text.hpp"
#include "core/problem.hpp"

namespace graft::core {

std::string to_line(const Event& event) {
    const Json line = {{"event", event.name}, {"data", event.fields}};
    return json_text(line);
}

std::string log_line(const Event& event) {
    return fmt::format("{:%F %T} ", local_time(wall_seconds())) + to_line(event);
}

Event from_line(const std::string& line) {
    Json parsed = parse_json_or_discard(line);
    const auto is = [&](const char* key, Json::value_t type) {
        return parsed.contains(key) && parsed[key].type() == type;
    };
    if (!parsed.is_object() || parsed.size() != 2 || !is("event", Json::value_t::string) ||
        !is("data", Json::value_t::object)) {
        throw Failure(Category::internal,
                      "not an event of the form {\"event\":NAME,\"data\":{..}}: " + line.substr(0, 200));
    }
    return {parsed["event"].get<std::string>(), std::move(parsed["data"])};
}

}  // namespace graft::core
