// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Outlines of things as annotations have them, and the pixels inside.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graft/target.hpp"

namespace graft::annotations {

/// Either polygons, each a ring of corners in pixels, or the lengths of runs of pixels outside and inside in
/// turn, down one column after the other (COCO's run-length encoding).
struct Outline {
    std::vector<std::vector<Point>> polygons;
    std::vector<std::uint32_t> runs;

    bool is_empty() const { return polygons.empty() && runs.empty(); }
};

/// The runs that COCO's compressed text stands for: each a number of groups of five bits from the lowest, a
/// character (from '0') a group, from the third run on as the difference to the last but one. Throws
/// BadAnnotation where the text is no such code.
std::vector<std::uint32_t> runs_of_text(const std::string& text);

/// Throws BadAnnotation unless the runs make up width * height pixels.
void require_runs(const std::vector<std::uint32_t>& runs, std::int64_t width, std::int64_t height);

/// Gives the class to the pixels whose centre lies inside one of the polygons (by the even-odd rule), or in
/// the runs' inner pixels. A pixel that has another class than 0 already does not count any more: nobody
/// knows whose it is.
void paint(const Outline& outline, std::uint8_t class_index, ClassMap& map);

}  // namespace graft::annotations
