// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "paint.hpp"

namespace graft::faces {
namespace {

/// A colour of any hue, calm enough to stay behind a face.
Color calm_color(Random& random, float low, float high) {
    const float hue = random.uniform(0, 6.2831853F);
    const float value = random.uniform(low, high);
    const float strength = random.uniform(0.04F, 0.20F);
    return {value + strength * std::cos(hue), value + strength * std::cos(hue - 2.094F),
            value + strength * std::cos(hue + 2.094F)};
}

/// The canvas as a unit square, so that a background looks alike at every size.
Frame whole(const Canvas& canvas) {
    return {{0, 0}, static_cast<float>(canvas.size()), 1, 0};
}

void paint_gradient(Canvas& canvas, Random& random) {
    const Color from = calm_color(random, 0.35F, 0.85F);
    const Color to = blend(from, calm_color(random, 0.25F, 0.9F), 0.7F);
    const float angle = random.uniform(0, 6.2831853F);
    const float step_x = std::cos(angle);
    const float step_y = std::sin(angle);
    const auto size = static_cast<float>(canvas.size());
    for (int y = 0; y < canvas.size(); ++y) {
        for (int x = 0; x < canvas.size(); ++x) {
            const float along = (static_cast<float>(x) * step_x + static_cast<float>(y) * step_y) / size;
            canvas.pixel_at(x, y) =
                blend(from, to, clamp01(0.5F + 0.6F * (along - 0.5F * (step_x + step_y))));
        }
    }
}

/// Lights out of focus.
void paint_lights(Canvas& canvas, Random& random) {
    const Frame frame = whole(canvas);
    for (int light = 0; light < 9; ++light) {
        const float radius = random.uniform(0.03F, 0.12F);
        const Ellipse disc{{random.uniform(), random.uniform()}, radius, radius};
        const Color color = calm_color(random, 0.6F, 1);
        canvas.fill(frame, disc, color, 0.02F, random.uniform(0.15F, 0.45F));
    }
}

/// Leaves of a hedge.
void paint_garden(Canvas& canvas, Random& random) {
    const Color green = blend({0.25F, 0.42F, 0.22F}, {0.55F, 0.62F, 0.30F}, random.uniform());
    for (int leaf = 0; leaf < 16; ++leaf) {
        const float angle = random.uniform(0, 3.1416F);
        const Position centre{random.uniform(), random.uniform()};
        const Frame frame{static_cast<float>(canvas.size()) * centre, static_cast<float>(canvas.size()),
                          std::cos(angle), std::sin(angle)};
        const float size = random.uniform(0.06F, 0.16F);
        const Color color = random.uniform(0.55F, 1.25F) * green;
        canvas.fill(frame, Lens{{0, 0}, size, -0.4F * size, 0.4F * size}, color, 0.015F, 0.85F);
    }
}

/// Wallpaper stripes.
void paint_stripes(Canvas& canvas, Random& random) {
    const float width = random.uniform(0.03F, 0.10F);
    const float angle = random.chance(0.5F) ? 0 : random.uniform(-0.8F, 0.8F);
    const Frame frame{{0, 0}, static_cast<float>(canvas.size()), std::cos(angle), std::sin(angle)};
    const Color color = calm_color(random, 0.35F, 0.9F);
    const float opacity = random.uniform(0.15F, 0.5F);
    const auto stripes = [width](Position point) {
        const float place = point.x / (2 * width);
        return 2 * width * (std::abs(place - std::floor(place) - 0.5F) - 0.25F);
    };
    canvas.shade(frame, {-2, -2, 3, 3}, stripes, 0, opacity, [color](Position) { return color; });
}

/// Pictures on a wall, or a window.
void paint_frames(Canvas& canvas, Random& random) {
    const Frame frame = whole(canvas);
    for (int picture = 0; picture < 3; ++picture) {
        RoundBox box{{random.uniform(), random.uniform(0, 0.7F)},
                     random.uniform(0.08F, 0.2F),
                     random.uniform(0.08F, 0.2F),
                     0.01F};
        canvas.fill(frame, box, random.uniform(0.3F, 1.2F) * Color{0.42F, 0.30F, 0.2F}, 0, 0.9F);
        box.half_width -= 0.025F;
        box.half_height -= 0.025F;
        canvas.fill(frame, box, calm_color(random, 0.5F, 0.95F), 0, 0.9F);
    }
}

/// Things that have nothing to do with a face.
void paint_clutter(Canvas& canvas, Random& random, float clutter) {
    const Frame frame = whole(canvas);
    const int things = static_cast<int>(clutter * 6 * random.uniform());
    for (int thing = 0; thing < things; ++thing) {
        const Position centre{random.uniform(), random.uniform()};
        const Color color = calm_color(random, 0.15F, 0.9F);
        const float size = random.uniform(0.03F, 0.13F);
        if (random.chance(0.4F)) {
            canvas.fill(frame, Ellipse{centre, size, random.uniform(0.5F, 1) * size}, color, 0.01F);
        } else if (random.chance(0.5F)) {
            canvas.fill(frame, RoundBox{centre, size, random.uniform(0.3F, 1) * size, 0.2F * size}, color,
                        0.01F);
        } else {
            const Position to{random.uniform(), random.uniform()};
            const Position bend{random.uniform(), random.uniform()};
            canvas.fill(frame, Stroke(centre, bend, to, 0.2F * size, 0.1F * size), color, 0.005F);
        }
    }
}

}  // namespace

void paint_background(Canvas& canvas, Random& random, float clutter) {
    paint_gradient(canvas, random);
    switch (random.below(5)) {
        case 0:
            paint_lights(canvas, random);
            break;
        case 1:
            paint_garden(canvas, random);
            break;
        case 2:
            paint_stripes(canvas, random);
            break;
        case 3:
            paint_frames(canvas, random);
            break;
        default:
            break;
    }
    paint_clutter(canvas, random, clutter);
}

}  // namespace graft::faces
