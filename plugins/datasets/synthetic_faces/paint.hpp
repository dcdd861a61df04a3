// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// The painters, in the order in which they lay their colours over each other.
#pragma once

#include "canvas.hpp"
#include "random.hpp"
#include "traits.hpp"

namespace graft::faces {

/// A wall, a garden, lights at night, a window or plain paper; `clutter` 0..1 puts things in front of it.
void paint_background(Canvas& canvas, Random& random, float clutter);

void paint_shoulders(Canvas& canvas, const Traits& traits, Random& random);
void paint_hair_behind(Canvas& canvas, const Traits& traits, const Layout& layout);
void paint_neck_and_head(Canvas& canvas, const Traits& traits, const Layout& layout);

/// Freckles, blush, wrinkles and bags of age.
void paint_marks(Canvas& canvas, const Traits& traits, const Layout& layout, Random& random);
void paint_beard(Canvas& canvas, const Traits& traits, const Layout& layout);

void paint_nose(Canvas& canvas, const Traits& traits, const Layout& layout);
void paint_mouth(Canvas& canvas, const Traits& traits, const Layout& layout);
void paint_eyes(Canvas& canvas, const Traits& traits, const Layout& layout);
void paint_brows(Canvas& canvas, const Traits& traits, const Layout& layout);

void paint_hair_in_front(Canvas& canvas, const Traits& traits, const Layout& layout);
void paint_glasses(Canvas& canvas, const Traits& traits, const Layout& layout);

/// Skin under the light at a place of the head, 1 where it is plain.
Color lit_skin(const Traits& traits, const Layout& layout, Position point);

/// The skin's own shadow colour: darker and warmer.
inline Color shadow_of(Color skin, float part) {
    return {skin.red * (1 - 0.30F * part), skin.green * (1 - 0.42F * part), skin.blue * (1 - 0.45F * part)};
}

}  // namespace graft::faces
