// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <utility>

#include "jobs/job.hpp"

namespace graft::jobs {

/// The field of a request that lets its job load the plugins that a run carries (install/run_plugins.hpp).
inline constexpr const char* trust_run_plugins = "trust_run_plugins";

/// A request with that field where another one has it.
inline core::Json with_trust_of(const core::Json& other, core::Json request) {
    if (other.contains(trust_run_plugins)) {
        request[trust_run_plugins] = other.at(trust_run_plugins);
    }
    return request;
}

/// resume_request, for a run that is trusted as the request that began it trusts one.
inline core::Json trusting_resume_request(const std::string& run, const core::Json& begun) {
    return with_trust_of(begun, resume_request(run, begun));
}

}  // namespace graft::jobs
