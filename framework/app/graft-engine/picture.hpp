// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "captions.hpp"

namespace graft::engine {

/// Draws tiles side by side with captions, probability bars and points, and writes a PNG (atomically).
/// Right answers have a green mark, wrong ones a red one; true points are green. Throws Failure(system).
void write_sheet(const std::vector<Tile>& tiles, const std::string& title, const std::string& path);

/// The same of one picture at its original resolution; a small one is enlarged by a whole factor.
void write_card(const Tile& tile, const std::string& path);

}  // namespace graft::engine
