// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>

#include "paint.hpp"

namespace graft::faces {
namespace {

/// Strands and a sheen where the light falls.
Color hair_at(const Traits& traits, Position point, float darkness) {
    const float across = (point.x - 0.4F * traits.part) / (1.6F + 0.6F * point.y);
    const float strand = 0.6F * std::sin(48 * across + 2.5F * point.y) + 0.4F * std::sin(31 * across);
    const float band = point.y + 0.66F - 0.35F * point.x * point.x;
    const float facing = point.x * traits.light_x + point.y * traits.light_y;
    const float sheen = clamp01(1 - std::abs(band) / 0.16F) * clamp01(0.35F + 0.5F * facing);
    const float light = (1 + 0.07F * strand + 0.20F * traits.contrast * facing * 0.6F) * darkness;
    return blend(light * traits.hair_color, {1, 0.96F, 0.9F}, 0.22F * sheen);
}

template <class Shape>
void paint_lock(Canvas& canvas, const Traits& traits, const Box& box, const Shape& shape, float darkness) {
    canvas.shade(traits.frame, box, shape, 0, 1,
                 [&](Position point) { return hair_at(traits, point, darkness); });
}

/// Curls: an outline with bumps.
struct Cloud {
    Ellipse oval;
    float bumps = 10;
    float height = 0.07F;

    Box box() const { return oval.box().grown(height); }
    float operator()(Position point) const {
        const float angle = std::atan2(point.y - oval.centre.y, point.x - oval.centre.x);
        return oval(point) - height * std::abs(std::sin(0.5F * bumps * angle));
    }
};

bool covers_ears(const Traits& traits) {
    return traits.hair == Hair::bob || traits.hair == Hair::waves;
}

/// How far down the hair in front reaches, by place across the face.
float hair_line(const Traits& traits, const Layout& layout, float across) {
    const float side = std::abs(across) / layout.head_x;
    const float high =
        -0.56F - 0.06F * traits.child - (traits.male ? 0.22F * traits.old : 0.05F * traits.old);
    const bool over_ears = covers_ears(traits);
    const float temple = smooth_step(over_ears ? 0.62F : 0.78F, over_ears ? 0.98F : 1.02F, side);
    float line = high;
    if (traits.fringe && traits.hair != Hair::curls) {
        line = layout.brows[0].y - 0.16F + 0.05F * std::abs(std::sin(9 * across + 2)) - 0.25F * traits.old;
    } else if (traits.hair == Hair::parted || over_ears) {
        const float away = std::abs(across - traits.part * layout.head_x);
        line = high - 0.12F + 0.42F * away;
    } else {
        line = high + 0.16F * side * side - (traits.male ? 0.10F * traits.old * std::sin(6 * side) : 0);
    }
    return mix(line, over_ears ? 0.75F : -0.02F, temple);
}

}  // namespace

void paint_hair_behind(Canvas& canvas, const Traits& traits, const Layout& layout) {
    constexpr float behind = 0.74F;  // in the head's shadow
    const float wide = layout.head_x;
    switch (traits.hair) {
        case Hair::waves: {
            const RoundBox box{{0, 0.22F}, wide + 0.27F, 1.36F, 0.85F};
            const auto wavy = [&](Position point) {
                return box(point) + 0.045F * std::sin(6.5F * point.y + (point.x > 0 ? 1.0F : 0.0F));
            };
            paint_lock(canvas, traits, box.box().grown(0.05F), wavy, behind);
            break;
        }
        case Hair::bob: {
            const RoundBox box{{0, -0.12F}, wide + 0.22F, 1.02F, 0.72F};
            paint_lock(canvas, traits, box.box(), box, behind);
            break;
        }
        case Hair::tail: {
            const float side = traits.part > 0 ? 1.0F : -1.0F;
            const Stroke tail({side * 0.45F, -0.85F}, {side * 1.75F, -0.75F}, {side * 1.2F, 0.85F}, 0.24F,
                              0.1F);
            paint_lock(canvas, traits, tail.box(), tail, 0.85F);
            canvas.fill(traits.frame, Ellipse{{side * 0.72F, -0.82F}, 0.12F, 0.14F}, traits.shirt);
            break;
        }
        case Hair::curls: {
            const float volume = traits.male ? 0.16F : 0.34F;
            const Cloud cloud{{{0, -0.22F}, wide + volume, 0.92F + volume}, 22, 0.08F};
            paint_lock(canvas, traits, cloud.box(), cloud, behind);
            break;
        }
        case Hair::bald:
        case Hair::crop:
        case Hair::parted:
            break;
    }
}

void paint_hair_in_front(Canvas& canvas, const Traits& traits, const Layout& layout) {
    if (traits.hair == Hair::bald) {
        for (const float side : {-1.0F, 1.0F}) {
            const Ellipse tuft{{side * (layout.head_x - 0.01F), -0.16F}, 0.085F, 0.26F};
            paint_lock(canvas, traits, tuft.box(), tuft, 0.95F);
        }
        return;
    }
    const bool curls = traits.hair == Hair::curls;
    const bool over_ears = covers_ears(traits);
    const float thickness = traits.hair == Hair::crop ? 0.09F : curls ? 0.13F : 0.16F;
    const auto cap = [&](Position point) {
        const float bumps = curls ? 0.05F * std::sin(9 * point.x + 3 * point.y) * std::sin(9 * point.y) : 0;
        const float line = point.y - hair_line(traits, layout, point.x) - bumps;
        const float volume =
            thickness * ((over_ears ? 1.1F : 0.45F) + (over_ears ? 0.1F : 0.75F) * clamp01(-point.y));
        return std::max(layout.head(point) - volume - bumps, 0.75F * line);
    };
    Box box = layout.head_box().grown(1.2F * thickness + 0.06F);
    box.bottom = 0.9F;
    // A soft shadow on the forehead first, so the hair stands off it.
    const auto shadow = [&](Position point) {
        return std::max(layout.head(point) + 0.02F,
                        0.75F * (point.y - 0.09F - hair_line(traits, layout, point.x)));
    };
    canvas.shade(traits.frame, box, shadow, 0.12F, 0.35F,
                 [&](Position) { return shadow_of(traits.skin, 0.8F); });
    paint_lock(canvas, traits, box, cap, 1);
}

}  // namespace graft::faces
