// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// `graft plugins add`, `list`, `remove`, `update`: plugins that are built on this machine.
#pragma once

#include <string>
#include <vector>

#include "arguments.hpp"
#include "console.hpp"

namespace graft::app {

/// The words that are actions, and no ids, as the first word of `graft plugins`.
const std::vector<std::string>& plugin_actions();

std::vector<OptionRow> plugin_action_options();

/// Does what the first word says. Throws Failure.
int change_plugins(const Usage& usage, const Arguments& arguments, const Console& console);

}  // namespace graft::app
