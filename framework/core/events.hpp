// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Every event that there is. docs/events.md is made from this table (tests/core/events_test.cpp), and
// whoever sends or receives an event checks it here.
#pragma once

#include <string>
#include <vector>

#include "core/event.hpp"

namespace graft::core {

struct EventField {
    const char* name;
    const char* doc;
    bool optional = false;
};

struct EventKind {
    const char* name;
    const char* doc;
    std::vector<EventField> fields;
    bool is_open = false;  ///< other fields may follow: those of `result` are the command's
};

/// Every event that a program sends another, in the order of a run; docs/events.md is made from it. Any
/// thread.
const std::vector<EventKind>& event_kinds();

/// Throws Failure(internal), a fault of who wrote the sender, for a name or a field that is not in the
/// table.
void require_known(const Event& event);

/// As require_known, and no field that must be there may be missing.
void require_complete(const Event& event);

}  // namespace graft::core
