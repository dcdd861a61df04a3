// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "paint.hpp"

namespace graft::faces {
namespace {

constexpr Color dark_line{0.16F, 0.10F, 0.10F};

/// The part of a shape that an eye or a mouth lets through.
template <class Shape>
auto inside(const Lens& opening, const Shape& shape) {
    return [opening, shape](Position point) { return std::max(opening(point), shape(point)); };
}

void paint_iris(Canvas& canvas, const Traits& traits, const Lens& opening, Position eye) {
    const float radius = 0.092F + 0.02F * traits.child;
    const Position centre =
        eye + Position{0.045F * traits.gaze_x + 0.03F * traits.yaw, 0.02F * traits.gaze_y - 0.006F};
    const Box box = Box::around(centre, radius, radius);
    const auto ring = inside(opening, Ellipse{centre, radius, radius});
    canvas.shade(traits.frame, box, ring, 0, 1, [&](Position point) {
        const float out = length(point - centre) / radius;
        const float lower = 0.5F + 0.5F * (point.y - centre.y) / radius;
        return (0.75F + 0.5F * lower - 0.45F * smooth_step(0.7F, 1, out)) * traits.iris;
    });
    const auto pupil = inside(opening, Ellipse{centre, 0.5F * radius, 0.5F * radius});
    canvas.shade(traits.frame, box, pupil, 0, 1, [](Position) { return Color{0.05F, 0.04F, 0.05F}; });
    const Position spark =
        centre + Position{0.4F * radius * (traits.light_x > 0 ? 1.0F : -1.0F), -0.42F * radius};
    const auto glint = inside(opening, Ellipse{spark, 0.3F * radius, 0.3F * radius});
    canvas.shade(traits.frame, box, glint, 0, 0.95F, [](Position) { return Color{1, 1, 1}; });
}

void paint_eye(Canvas& canvas, const Traits& traits, const Layout& layout, std::size_t side) {
    const Position eye = layout.eyes[side];
    const float sign = side == 0 ? -1.0F : 1.0F;
    const bool smiling = traits.expression == Expression::happy;
    const float upper = layout.eye_y * layout.eye_open;
    const float lower =
        layout.eye_y * 0.72F * (smiling ? layout.eye_open - 0.25F * traits.strength : layout.eye_open);
    const Lens opening{eye, layout.eye_x, -upper * 1.15F, lower};
    const Ellipse socket{eye + Position{0, -0.01F}, layout.eye_x * 1.35F, layout.eye_y * 1.7F};
    canvas.fill(traits.frame, socket, shadow_of(traits.skin, 0.55F), 0.14F, 0.30F);
    canvas.shade(traits.frame, opening.box(), opening, 0, 1, [&](Position point) {
        const float shade = 0.97F - 0.22F * smooth_step(0.2F, 1, -(point.y - eye.y) / (upper + 1e-3F));
        return Color{shade, shade, shade * 0.985F};
    });
    paint_iris(canvas, traits, opening, eye);
    const float lash = traits.male ? 0.016F : 0.024F;
    const Position left = eye + Position{-layout.eye_x, 0};
    const Position right = eye + Position{layout.eye_x, 0};
    const Position above = eye + Position{0, -2.3F * upper};
    canvas.fill(traits.frame, Stroke(left, above, right, lash, 0.01F), dark_line, 0, 0.9F);
    const Position below = eye + Position{0, 2 * lower};
    canvas.fill(traits.frame, Stroke(left, below, right, 0.008F, 0.006F), shadow_of(traits.skin, 1.1F), 0,
                0.7F);
    if (!traits.male) {
        const Position outer = sign > 0 ? right : left;
        for (const float reach : {0.05F, 0.095F}) {
            const Position tip = outer + Position{sign * (0.10F - reach * 0.4F), -reach - 0.02F};
            const Position root = outer + Position{-sign * reach * 0.7F, -0.25F * upper};
            canvas.fill(traits.frame, Stroke(root, root + 0.5F * (tip - root), tip, 0.013F, 0.006F),
                        dark_line, 0, 0.9F);
        }
    }
    const Position crease{0, -2.3F * upper - 0.075F};
    canvas.fill(traits.frame,
                Stroke(left + Position{0.02F, -0.06F}, eye + crease, right + Position{-0.02F, -0.06F}, 0.009F,
                       0.004F),
                shadow_of(traits.skin, 0.9F), 0.02F, 0.55F);
}

void paint_teeth(Canvas& canvas, const Traits& traits, const Lens& opening) {
    Lens teeth = opening;
    teeth.half_width *= 0.93F;
    teeth.lower = mix(opening.upper, opening.lower, traits.expression == Expression::happy ? 0.62F : 0.25F);
    canvas.shade(traits.frame, opening.box(), inside(opening, teeth), 0, 1, [](Position) {
        return Color{0.96F, 0.95F, 0.92F};
    });
    const float half = 0.5F * opening.half_width;
    const Ellipse tongue{opening.centre + Position{0, opening.lower * 1.05F}, half,
                         0.45F * (opening.lower - opening.upper)};
    if (traits.expression != Expression::happy || opening.lower - opening.upper > 0.12F) {
        canvas.shade(traits.frame, opening.box(), inside(opening, tongue), 0.02F, 0.9F, [](Position) {
            return Color{0.80F, 0.36F, 0.38F};
        });
    }
}

}  // namespace

void paint_eyes(Canvas& canvas, const Traits& traits, const Layout& layout) {
    paint_eye(canvas, traits, layout, 0);
    paint_eye(canvas, traits, layout, 1);
}

void paint_brows(Canvas& canvas, const Traits& traits, const Layout& layout) {
    const float thick = (traits.male ? 0.048F : 0.030F) - 0.010F * traits.child;
    const Color color = blend(0.72F * traits.hair_color, shadow_of(traits.skin, 0.8F), 0.15F);
    for (const std::size_t side : {0, 1}) {
        const float outward = side == 0 ? -1.0F : 1.0F;
        const Position middle = layout.brows[side];
        const Position inner = middle + Position{-outward * 0.16F, 0.02F - layout.brow_tilt};
        const Position outer = middle + Position{outward * 0.18F, 0.04F + 0.5F * layout.brow_tilt};
        const Position bend = middle + Position{outward * 0.03F, -0.07F};
        canvas.fill(traits.frame, Stroke(inner, bend, outer, thick, 0.4F * thick), color, 0.01F, 0.93F);
    }
}

void paint_nose(Canvas& canvas, const Traits& traits, const Layout& layout) {
    const Position tip = layout.nose;
    const float size = layout.nose_size;
    const float away = traits.light_x > 0 ? -1.0F : 1.0F;
    const Position root{0.5F * (layout.eyes[0].x + layout.eyes[1].x), layout.eyes[0].y};
    const Color shadow = shadow_of(traits.skin, 0.75F);
    const Stroke bridge(root + Position{away * 0.07F, 0}, tip + Position{away * 0.06F, -0.18F},
                        tip + Position{away * size * 0.9F, 0}, 0.02F, 0.012F);
    canvas.fill(traits.frame, bridge, shadow, 0.08F, 0.38F);
    canvas.fill(traits.frame, Ellipse{tip + Position{0, 0.35F * size}, 1.15F * size, 0.55F * size}, shadow,
                0.07F, 0.55F);
    const Ellipse ball{tip, 0.95F * size, 0.8F * size};
    canvas.shade(traits.frame, ball.box(), ball, 0.08F, 0.85F,
                 [&](Position point) { return lit_skin(traits, layout, point); });
    canvas.fill(traits.frame,
                Ellipse{tip + Position{-0.3F * away * size, -0.35F * size}, 0.35F * size, 0.3F * size},
                blend(traits.skin, {1, 1, 0.97F}, 0.5F), 0.06F, 0.25F + 0.35F * traits.skin.red);
    for (const float side : {-1.0F, 1.0F}) {
        canvas.fill(traits.frame,
                    Ellipse{tip + Position{side * 0.52F * size, 0.52F * size}, 0.24F * size, 0.14F * size},
                    shadow_of(traits.skin, 1.5F), 0.02F, 0.8F);
    }
}

void paint_mouth(Canvas& canvas, const Traits& traits, const Layout& layout) {
    const Position centre = layout.mouth + Position{0, layout.corner};
    const float bulge = -layout.corner;
    const float open = layout.mouth_open;
    const Lens lips{centre, layout.mouth_x * 1.04F, bulge - open - layout.lip,
                    bulge + open + 1.25F * layout.lip};
    const Ellipse below{layout.mouth + Position{0, open + 2.9F * layout.lip}, 0.6F * layout.mouth_x, 0.045F};
    canvas.fill(traits.frame, below, shadow_of(traits.skin, 0.6F), 0.08F, 0.45F);
    canvas.shade(traits.frame, lips.box(), lips, 0, 0.95F, [&](Position point) {
        const float light = 1.06F - 0.22F * smooth_step(0.05F, -0.05F, point.y - layout.mouth.y);
        return light * traits.lips;
    });
    if (open > 0.012F) {
        const Lens opening{centre, layout.mouth_x * 0.94F, bulge - open, bulge + open};
        canvas.fill(traits.frame, opening, {0.30F, 0.09F, 0.10F});
        paint_teeth(canvas, traits, opening);
    } else {
        const Position left = centre + Position{-layout.mouth_x, 0};
        const Position right = centre + Position{layout.mouth_x, 0};
        canvas.fill(traits.frame, Stroke(left, centre + Position{0, 2 * bulge}, right, 0.014F, 0.010F),
                    0.45F * traits.lips, 0, 0.85F);
    }
    for (const float side : {-1.0F, 1.0F}) {
        canvas.fill(traits.frame,
                    Ellipse{centre + Position{side * layout.mouth_x * 1.05F, 0}, 0.035F, 0.035F},
                    shadow_of(traits.skin, 0.9F), 0.05F, 0.5F);
    }
}

}  // namespace graft::faces
