// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

#include "console.hpp"

namespace graft::app {

/// Serves the page of a run, which a browser keeps up to date while the run goes on, until a signal ends it.
/// Prints where it is. `port`: 0 takes any free one. Throws Failure(system).
void serve_run(const std::string& folder, std::uint16_t port, const Console& console);

}  // namespace graft::app
