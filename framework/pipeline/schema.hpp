// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "core/event.hpp"

namespace graft::pipeline {

/// A JSON Schema (draft-07) of pipeline files, made from the tables of the format and from what plugins
/// declare. `components`: a list of {"kind", "id", "summary", "options": [{"name", "type", "doc", "required",
/// "default", "minimum", "excludes_minimum", "maximum", "excludes_maximum", "choices"}]}. It knows forms,
/// types, bounds, keys and ids; what takes more than that (targets, stages, data) is for `graft check`.
core::Json json_schema(const core::Json& components);

}  // namespace graft::pipeline
