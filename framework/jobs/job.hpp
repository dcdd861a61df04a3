// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/problem.hpp"

namespace graft::jobs {

/// One request to graft-engine, which runs it in a process of its own.
struct Job {
    std::string name;    ///< for people: the pipeline file, the run folder
    core::Json request;  ///< docs/events.md
    /// Numbers of jobs of the same queue that must have ended with exit code 0 before this one begins. If one
    /// of them ended otherwise, or was left out, this one is left out.
    std::vector<std::size_t> needs = {};
    std::string device = {};  ///< auto, cpu, cuda, cuda:N, by --device or the pipeline; empty: auto
    std::string sweep = {};   ///< the file that it comes from: all of one are expected to take as long
    std::string prefix = {};  ///< jobs of one may read the features that the first of them works out
    int priority = 0;         ///< the higher begins first
    double time_limit = 0;    ///< seconds after it began, in which it must have ended; 0: any number
    double stall_limit = 0;   ///< seconds without an event that mean that it hangs; 0: any number
    std::vector<std::string> environment = {};  ///< of its engine, beside our own: "NAME=VALUE"
};

/// The field of a request that lets its job load the plugins that a run carries (install/run_plugins.hpp).
inline constexpr const char* trust_run_plugins = "trust_run_plugins";

/// A request with that field where another one has it.
inline core::Json with_trust_of(const core::Json& other, core::Json request) {
    if (other.contains(trust_run_plugins)) {
        request[trust_run_plugins] = other.at(trust_run_plugins);
    }
    return request;
}

/// A request that goes on with a run where it is, with what the request that began it may use.
inline core::Json resume_request(const std::string& run, const core::Json& begun) {
    return with_trust_of(begun, {{"command", "run"},
                                 {"resume", run},
                                 {"sets", core::Json::array()},
                                 {"resources", begun.at("resources")},
                                 {"plugin_dirs", begun.value("plugin_dirs", core::Json::array())}});
}

/// What the engine was calling when a signal ended it, as far as it could tell; all may be empty.
struct Crash {
    std::string kind;    ///< of the component: "head"; empty: none was being called
    std::string id;      ///< of the component
    std::string name;    ///< in the pipeline
    std::string method;  ///< "metrics"
    std::string detail;  ///< "stage layer1", the sample, the file
};

/// How a job ended.
struct Outcome {
    int exit_code = 0;    ///< of the command: 0, a core::Category, 75, or 128 + a signal when told twice
    int signal = 0;       ///< that ended the engine, if one did
    core::Json result;    ///< the fields of the `result` event; null without one
    std::string error;    ///< what a person must know when it failed; empty when it did not
    std::string loading;  ///< the plugin that was being loaded when the engine died, else empty
    std::string loaded;   ///< the plugin that was loaded last
    bool lacked_memory = false;  ///< it ended because it may have no more memory
    bool can_pass = false;       ///< what ended it lies outside of it, and may be gone at another try
    bool died = false;           ///< it ended with neither a result nor a failure that it told
    Crash crash;                 ///< what was being called when a signal ended the engine
    bool stop_wanted = false;    ///< a signal asked for an end: start nothing more
};

}  // namespace graft::jobs
