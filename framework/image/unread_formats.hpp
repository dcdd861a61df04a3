// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

namespace graft::image {

/// A format that people have files of and that graft does not read, by the file's own bytes: "a GIF", "text".
/// Empty: unknown.
std::string unread_format(std::string_view bytes);

}  // namespace graft::image
