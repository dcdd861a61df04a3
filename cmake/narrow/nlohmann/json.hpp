// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause

// For the precompiled headers: nlohmann/json.hpp without the literal "..."_json. An inline function calls the parser of
// nlohmann::json in it, so every file that includes the header compiles that parser (half a second to a second), which nobody
// here uses. As a template that nobody calls it costs nothing. Releases that spell the literal otherwise stay as they are.
#pragma once
#pragma GCC system_header

#define _json(text, length) _json(text, length) = delete; template <typename> nlohmann::json read_literal(text, length)
#include_next <nlohmann/json.hpp>
#undef _json
