// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "paint.hpp"

namespace graft::faces {
namespace {

void line(Canvas& canvas, const Traits& traits, Position from, Position bend, Position to, float opacity) {
    const Stroke stroke(from, bend, to, 0.014F, 0.004F);
    canvas.fill(traits.frame, stroke, shadow_of(traits.skin, 1.25F), 0.012F, opacity);
}

void paint_wrinkles(Canvas& canvas, const Traits& traits, const Layout& layout) {
    const float depth = 0.75F * traits.old;
    if (depth < 0.03F) {
        return;
    }
    const float brow = std::min(layout.brows[0].y, layout.brows[1].y);
    for (int row = 0; row < 3; ++row) {
        const float y = brow - 0.11F - 0.085F * static_cast<float>(row);
        const float reach = 0.36F - 0.05F * static_cast<float>(row);
        const float shift = 0.1F * traits.yaw;
        line(canvas, traits, {shift - reach, y + 0.015F}, {shift, y - 0.035F}, {shift + reach, y + 0.01F},
             0.75F * depth);
    }
    for (const std::size_t side : {0, 1}) {
        const float outward = side == 0 ? -1.0F : 1.0F;
        const Position eye = layout.eyes[side];
        const Position corner = eye + Position{outward * (layout.eye_x + 0.03F), 0.01F};
        for (const float rise : {-0.08F, 0.0F, 0.08F}) {
            line(canvas, traits, corner, corner + Position{outward * 0.06F, 0.6F * rise},
                 corner + Position{outward * 0.12F, 1.2F * rise}, depth);
        }
        const Position bag{0, layout.eye_y + 0.09F};
        line(canvas, traits, eye + Position{-0.13F, 0.07F}, eye + bag + Position{0, 0.07F},
             eye + Position{0.13F, 0.07F}, depth);
        const Position nose = layout.nose + Position{outward * layout.nose_size * 1.25F, -0.02F};
        const Position mouth = layout.mouth + Position{outward * (layout.mouth_x + 0.08F), 0.03F};
        line(canvas, traits, nose, 0.5F * (nose + mouth) + Position{outward * 0.07F, -0.03F}, mouth,
             1.1F * depth);
        const Position jowl = mouth + Position{outward * 0.01F, 0.22F};
        line(canvas, traits, mouth + Position{0, 0.06F},
             0.5F * (mouth + jowl) + Position{outward * 0.03F, 0.02F}, jowl, 0.6F * depth);
    }
}

}  // namespace

void paint_marks(Canvas& canvas, const Traits& traits, const Layout& layout, Random& random) {
    const Color rosy = blend(traits.skin, {0.92F, 0.36F, 0.34F}, 0.55F);
    const float glow = traits.blush * (traits.expression == Expression::happy ? 1 : 0.65F);
    for (const std::size_t side : {0, 1}) {
        const float outward = side == 0 ? -1.0F : 1.0F;
        const Position cheek = layout.eyes[side] + Position{outward * 0.09F, 0.33F};
        canvas.fill(traits.frame, Ellipse{cheek, 0.17F, 0.12F}, rosy, 0.2F, 0.55F * glow);
    }
    if (traits.freckles) {
        for (int spot = 0; spot < 14; ++spot) {
            const Position place =
                layout.nose + Position{random.uniform(-0.45F, 0.45F), random.uniform(-0.14F, 0.08F)};
            canvas.fill(traits.frame, Ellipse{place, 0.015F, 0.015F}, shadow_of(traits.skin, 0.9F), 0, 0.7F);
        }
    }
    paint_wrinkles(canvas, traits, layout);
    if (traits.expression == Expression::sad && random.chance(0.2F)) {
        const Position drop = layout.eyes[random.below(2) == 0 ? 0 : 1] + Position{0.02F, 0.25F};
        canvas.fill(traits.frame, Ellipse{drop, 0.04F, 0.07F}, {0.72F, 0.87F, 0.97F}, 0.01F, 0.85F);
    }
}

void paint_beard(Canvas& canvas, const Traits& traits, const Layout& layout) {
    if (traits.beard == Beard::none) {
        return;
    }
    const Color color = blend(0.85F * traits.hair_color, shadow_of(traits.skin, 0.6F), 0.12F);
    const float open = layout.mouth_open;
    if (traits.beard == Beard::moustache || traits.beard == Beard::full) {
        const Position middle = layout.mouth + Position{0, -open - 0.10F};
        for (const float side : {-1.0F, 1.0F}) {
            const Position tip = middle + Position{side * 0.25F, 0.08F + 0.5F * layout.corner};
            canvas.fill(traits.frame,
                        Stroke(middle, middle + Position{side * 0.12F, -0.04F}, tip, 0.05F, 0.022F), color,
                        0.02F, 0.95F);
        }
    }
    if (traits.beard == Beard::moustache) {
        return;
    }
    const bool full = traits.beard == Beard::full;
    const Ellipse bare{{layout.mouth.x, 0.06F}, layout.head_x * 0.86F, 0.40F};
    const Ellipse lips{layout.mouth, layout.mouth_x + 0.06F,
                       open + std::abs(layout.corner) + layout.lip + 0.05F};
    const auto beard = [&](Position point) {
        return std::max(
            {layout.head(point) - (full ? 0.07F : 0.0F), -bare(point), -lips(point), 0.12F - point.y});
    };
    Box box = layout.head_box().grown(0.08F);
    box.top = 0.05F;
    canvas.shade(traits.frame, box, beard, full ? 0.03F : 0.10F, full ? 0.95F : 0.34F, [&](Position point) {
        return (1 + 0.10F * std::sin(30 * point.x) * std::sin(17 * point.y)) * color;
    });
}

void paint_glasses(Canvas& canvas, const Traits& traits, const Layout& layout) {
    if (!traits.glasses) {
        return;
    }
    const Color rim = traits.grey > 0.4F ? Color{0.45F, 0.36F, 0.28F} : Color{0.14F, 0.14F, 0.18F};
    const float gap = layout.eyes[1].x - layout.eyes[0].x;
    const float radius = std::min(0.25F, 0.44F * gap);
    for (const std::size_t side : {0, 1}) {
        const RoundBox lens{layout.eyes[side] + Position{0, 0.03F}, radius, 0.82F * radius, 0.6F * radius};
        canvas.fill(traits.frame, lens, {0.9F, 0.96F, 1}, 0, 0.14F);
        const auto ring = [&](Position point) { return std::abs(lens(point)) - 0.02F; };
        canvas.shade(traits.frame, lens.box().grown(0.03F), ring, 0, 1, [rim](Position) { return rim; });
        const float outward = side == 0 ? -1.0F : 1.0F;
        const Position hinge = layout.eyes[side] + Position{outward * radius, 0};
        const Position ear{outward * layout.head_x, hinge.y + 0.03F};
        canvas.fill(traits.frame, Stroke(hinge, 0.5F * (hinge + ear), ear, 0.018F, 0.018F), rim);
    }
    const Position left = layout.eyes[0] + Position{radius, 0.0F};
    const Position right = layout.eyes[1] + Position{-radius, 0.0F};
    canvas.fill(traits.frame, Stroke(left, 0.5F * (left + right) + Position{0, -0.05F}, right, 0.02F, 0.02F),
                rim);
}

}  // namespace graft::faces
