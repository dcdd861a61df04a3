// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "trust.hpp"

namespace graft::app {

OptionRow trust_option() {
    return {"trust-run-plugins", "",
            "load the plugins that the run carries, which are programs: for runs of people you trust", false};
}

jobs::Job trusting(jobs::Job job, const Arguments& arguments) {
    if (arguments.has("trust-run-plugins")) {
        job.request[jobs::trust_run_plugins] = true;
    }
    return job;
}

}  // namespace graft::app
