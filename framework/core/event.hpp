// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace graft::core {

using Json = nlohmann::ordered_json;

/// Something that happened in a job. core/events.hpp lists what there is.
struct Event {
    std::string name;
    Json fields = Json::object();
};

/// One line of JSON without a newline: {"event":NAME,"data":{..}}, so that no field can be taken for the
/// event's name. NaN and infinities become null.
std::string to_line(const Event& event);

/// As a run's log.txt holds it: the local time, then to_line.
std::string log_line(const Event& event);

/// The inverse of to_line. Throws Failure(internal) on anything else.
Event from_line(const std::string& line);

/// Takes events. A job knows only this interface, never who listens.
class EventSink {
public:
    EventSink() = default;
    EventSink(const EventSink&) = delete;
    EventSink& operator=(const EventSink&) = delete;
    virtual ~EventSink() = default;

    /// Thread-safety: any thread, unless an implementation says less.
    virtual void emit(const Event& event) = 0;
};

/// Hands each event to several sinks, in order. Does not own them.
class EventFan : public EventSink {
public:
    void add(EventSink& sink) { sinks_.push_back(&sink); }
    void emit(const Event& event) override {
        for (EventSink* sink : sinks_) {
            sink->emit(event);
        }
    }

private:
    std::vector<EventSink*> sinks_;
};

}  // namespace graft::core
