// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "paint.hpp"

namespace graft::faces {

Color lit_skin(const Traits& traits, const Layout& layout, Position point) {
    const Position normal{point.x / layout.head_x, point.y / layout.head_y};
    const float facing = normal.x * traits.light_x + normal.y * traits.light_y;
    const float edge = smooth_step(0.55F, 1.1F, length(normal));
    const float dark = clamp01(0.30F * edge - 0.30F * traits.contrast * facing);
    const float bright = clamp01(0.13F * traits.contrast * facing);
    return blend(shadow_of(traits.skin, dark), {1, 0.97F, 0.90F}, bright);
}

void paint_shoulders(Canvas& canvas, const Traits& traits, Random& random) {
    const float narrow = 1 - 0.3F * traits.child + (traits.male ? 0.12F : 0);
    const Position middle{0, 2.25F};
    const RoundBox body{middle, 1.35F * narrow, 1.05F, 0.62F};
    const Color shirt = traits.shirt;
    const bool striped = random.chance(0.25F);
    const float pitch = random.uniform(9, 16);
    canvas.shade(traits.frame, body.box(), body, 0, 1, [&](Position point) {
        const float light = 1 + 0.14F * point.x * traits.light_x - 0.2F * (point.y - 1.4F) * 0.3F;
        const bool pale = striped && std::sin(pitch * point.y) > 0.2F;
        return light * (pale ? blend(shirt, {0.96F, 0.95F, 0.92F}, 0.75F) : shirt);
    });
}

namespace {

void paint_ears(Canvas& canvas, const Traits& traits, const Layout& layout) {
    for (const float side : {-1.0F, 1.0F}) {
        const Position centre{side * (layout.head_x * 0.99F) + 0.05F * traits.yaw,
                              0.1F + layout.eyes[0].y * 0.5F};
        const Ellipse ear{centre, 0.12F, 0.19F};
        canvas.shade(traits.frame, ear.box(), ear, 0, 1,
                     [&](Position point) { return shadow_of(lit_skin(traits, layout, point), 0.12F); });
        canvas.fill(traits.frame, Ellipse{centre, 0.06F, 0.11F}, shadow_of(traits.skin, 0.5F), 0.06F, 0.6F);
        if (traits.earrings) {
            canvas.fill(traits.frame, Ellipse{centre + Position{0, 0.24F}, 0.05F, 0.05F},
                        {0.95F, 0.80F, 0.36F});
        }
    }
}

}  // namespace

void paint_neck_and_head(Canvas& canvas, const Traits& traits, const Layout& layout) {
    const float thick = 0.33F - 0.10F * traits.child + (traits.male ? 0.06F : 0);
    const RoundBox neck{{0, 1.02F}, thick, 0.46F, 0.26F};
    canvas.shade(traits.frame, neck.box(), neck, 0, 1, [&](Position point) {
        // The chin's shadow, and the roundness of the neck.
        const float below =
            smooth_step(layout.head_y + 0.34F, layout.head_y - 0.02F, point.y - 0.2F * point.x * point.x);
        const float side = point.x / thick;
        const float round = clamp01(0.3F * side * side - 0.25F * side * traits.light_x);
        return shadow_of(traits.skin, 0.25F + 0.55F * below + 0.5F * round);
    });
    const Stroke collar({-thick - 0.08F, 1.24F}, {0, 1.72F}, {thick + 0.08F, 1.24F}, 0.065F, 0.05F);
    canvas.fill(traits.frame, collar, 0.76F * traits.shirt);
    paint_ears(canvas, traits, layout);
    const auto head = [&](Position point) { return layout.head(point); };
    canvas.shade(traits.frame, layout.head_box(), head, 0, 1,
                 [&](Position point) { return lit_skin(traits, layout, point); });
}

}  // namespace graft::faces
