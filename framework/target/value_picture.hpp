// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Values as data sets give them, for people who look before anything is predicted.
#pragma once

#include <string>
#include <vector>

#include "graft/target.hpp"
#include "target/canvas.hpp"
#include "target/caption.hpp"

namespace graft::target {

/// Of points that have a partner on the other side of the face, and of those that have none.
enum class Side { left, right, none };

/// RGB.
cv::Scalar color_of_side(Side side);

/// Lines on a value that is loaded and moved into the picture that is shown; none where it is not known.
void caption_value(const TargetSchema& schema, const TargetValue& value, std::vector<Caption>& lines);

/// Draws such a value into a canvas with its places: points by their side, masks and boxes in the colours of
/// their classes, boxes with their classes' names.
void draw_value(const TargetSchema& schema, const TargetValue& value, const Canvas& canvas);

/// What colours mean that `draw_value` gives to places without a name beside them.
std::vector<Key> keys_of_value(const TargetSchema& schema, const TargetValue& value);

}  // namespace graft::target
