// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace graft::lettering {

/// What to tell of scripts (hb_script_t) that no font of the machine has, one line a Debian package with
/// fonts of them: what is not there, what pictures show instead, and how to get a font.
std::vector<std::string> notes_on_missing(const std::set<std::uint32_t>& scripts);

}  // namespace graft::lettering
