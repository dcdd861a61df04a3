// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "console.hpp"
#include "core/event.hpp"

namespace graft::app {

/// What pipelines call the schema's file that lies beside them.
inline constexpr const char* schema_file = "graft.schema.json";

/// The JSON Schema of pipelines with the plugins of these folders and the usual ones, which an engine loads.
/// A plugin that cannot be used is named on standard error and left out. Throws Failure where there is no
/// engine that lists them.
core::Json schema_of_pipelines(const Console& console, const std::vector<std::string>& plugin_folders);

}  // namespace graft::app
