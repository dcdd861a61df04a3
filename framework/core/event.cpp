// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "core/event.hpp"

#include "core/problem.hpp"

namespace graft::core {

std::string to_line(const Event& event) {
    Json line = Json::object();
    line["event"] = event.name;
    line.update(event.fields);
    return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Event from_line(const std::string& line) {
    Json parsed = Json::parse(line, nullptr, false);
    if (!parsed.is_object() || !parsed.contains("event") || !parsed["event"].is_string()) {
        throw Failure(Category::internal, "not an event: " + line.substr(0, 200));
    }
    Event event{parsed["event"].get<std::string>(), std::move(parsed)};
    event.fields.erase("event");
    return event;
}

}  // namespace graft::core
