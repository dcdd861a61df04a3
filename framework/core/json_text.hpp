// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include "core/event.hpp"

namespace graft::core {

/// The value as JSON, always valid and always UTF-8: NaN and infinities are null, and bytes that are no text
/// are escaped (see legible). The one way to write JSON. `indent`: spaces a level; -1: all in one line.
std::string json_text(const Json& json, int indent = -1);

/// The value that the text says; json_text read back. Throws Json::parse_error, whose message names the
/// place. Reading through here compiles the library's parser once, not in each file.
Json parse_json(std::string_view text);

/// The same, of a text that may be anything: is_discarded() holds of the value where the text is no JSON.
Json parse_json_or_discard(std::string_view text);

/// The value with another text for each of its texts, keys among them.
Json with_texts(const Json& json, std::string (*change)(std::string_view));

}  // namespace graft::core
