// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "core/event.hpp"
#include "pipeline/format.hpp"

namespace graft::pipeline {

/// The JSON Schema of a key's value. Sections are referred to as "#/definitions/NAME".
core::Json key_schema(const FormatSection& section, const FormatKey& key);

/// That of a plugin's option, as the engine describes it.
core::Json option_schema(const core::Json& option);

}  // namespace graft::pipeline
