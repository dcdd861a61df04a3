// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The results of commands as text for people, from the JSON that the engine hands over. A field that is
// missing is left out. Every text ends with a newline.
#pragma once

#include <string>
#include <vector>

#include "core/event.hpp"
#include "report/formatting.hpp"
#include "report/screen.hpp"

namespace graft::report {

/// The end of `graft run`: scores at the best and the last epoch, where it lies, how to go on;
/// `request` is what asked for it: the plugins that the run was started with go on with it.
std::string run_text(const core::Json& result, const core::Json& request, const Screen& screen);

/// `graft eval`: all scores and tables.
std::string eval_text(const core::Json& result, const Screen& screen);

/// The options of a component, as `graft plugins ID --json` lists them: headings, then a row an option.
Rows option_rows(const core::Json& options);

/// `graft plugins`: {"plugins":[{path, components, problem, notes}]}, by folder, then what was not read of a
/// newer plugin, what cannot be used last.
std::string plugins_text(const core::Json& result, const Screen& screen);

/// `graft plugins ID`: one component with its options, ports and example.
std::string component_text(const core::Json& component, const Screen& screen);

}  // namespace graft::report
