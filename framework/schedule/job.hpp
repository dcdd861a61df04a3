// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include "core/event.hpp"
#include "core/problem.hpp"

namespace graft::schedule {

/// One request to graft-engine, which runs it in a process of its own.
struct Job {
    std::string name;    ///< for people: the pipeline file, the run folder
    core::Json request;  ///< docs/events.md
};

/// How a job ended.
struct Outcome {
    int exit_code = 0;         ///< of the command: 0, a core::Category, 75, or 128 + a signal when told twice
    int signal = 0;            ///< that ended the engine, if one did
    core::Json result;         ///< the fields of the `result` event; null without one
    std::string error;         ///< what a person must know when it failed; empty when it did not
    std::string loading;       ///< the plugin that was being loaded when the engine died, else empty
    bool stop_wanted = false;  ///< a signal asked for an end: start nothing more
};

}  // namespace graft::schedule
