// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "traits.hpp"

#include <cmath>

namespace graft::faces {
namespace {

template <std::size_t Size>
Color pick(Random& random, const std::array<Color, Size>& palette) {
    return palette[static_cast<std::size_t>(random.below(static_cast<int>(Size)))];
}

void draw_colors(Random& random, Traits& traits) {
    constexpr std::array<Color, 7> skins{{{0.98F, 0.86F, 0.77F},
                                          {0.96F, 0.80F, 0.68F},
                                          {0.91F, 0.72F, 0.58F},
                                          {0.82F, 0.61F, 0.45F},
                                          {0.68F, 0.47F, 0.33F},
                                          {0.53F, 0.35F, 0.25F},
                                          {0.40F, 0.26F, 0.19F}}};
    constexpr std::array<Color, 7> hairs{{{0.11F, 0.09F, 0.10F},
                                          {0.22F, 0.14F, 0.10F},
                                          {0.36F, 0.22F, 0.13F},
                                          {0.52F, 0.30F, 0.16F},
                                          {0.66F, 0.28F, 0.14F},
                                          {0.84F, 0.64F, 0.34F},
                                          {0.93F, 0.80F, 0.55F}}};
    constexpr std::array<Color, 4> dyes{
        {{0.87F, 0.38F, 0.58F}, {0.22F, 0.58F, 0.62F}, {0.48F, 0.36F, 0.70F}, {0.26F, 0.42F, 0.74F}}};
    constexpr std::array<Color, 5> irises{{{0.30F, 0.18F, 0.10F},
                                           {0.44F, 0.28F, 0.13F},
                                           {0.27F, 0.44F, 0.62F},
                                           {0.30F, 0.48F, 0.32F},
                                           {0.42F, 0.47F, 0.50F}}};
    constexpr std::array<Color, 8> shirts{{{0.85F, 0.33F, 0.31F},
                                           {0.94F, 0.67F, 0.28F},
                                           {0.22F, 0.50F, 0.60F},
                                           {0.26F, 0.33F, 0.53F},
                                           {0.38F, 0.58F, 0.42F},
                                           {0.93F, 0.91F, 0.86F},
                                           {0.30F, 0.30F, 0.34F},
                                           {0.66F, 0.46F, 0.62F}}};
    const float tone = random.uniform(0, 5.999F);
    const auto shade = static_cast<std::size_t>(tone);
    traits.skin = blend(skins[shade], skins[shade + 1], tone - static_cast<float>(shade));
    const bool dyed = traits.age > 15 && traits.age < 45 && random.chance(0.06F);
    // Dark skins seldom come with fair hair.
    const int palette_end = shade >= 3 ? 3 : 7;
    traits.hair_color =
        dyed ? pick(random, dyes) : hairs[static_cast<std::size_t>(random.below(palette_end))];
    const float silver = random.uniform(0.60F, 0.84F);
    traits.hair_color = blend(traits.hair_color, {silver, silver, silver + 0.02F}, traits.grey);
    traits.iris = irises[static_cast<std::size_t>(random.below(shade >= 3 ? 2 : 5))];
    traits.shirt = random.uniform(0.85F, 1.1F) * pick(random, shirts);
    const Color natural = blend(traits.skin, {0.74F, 0.30F, 0.32F}, 0.45F);
    const bool lipstick = !traits.male && traits.age > 16 && random.chance(0.6F);
    traits.lips = lipstick ? blend(natural, {0.78F, 0.14F, 0.24F}, random.uniform(0.5F, 0.9F)) : natural;
}

void draw_style(Random& random, Traits& traits) {
    constexpr std::array<Hair, 8> feminine{Hair::waves, Hair::waves, Hair::waves, Hair::bob,
                                           Hair::bob,   Hair::tail,  Hair::curls, Hair::parted};
    constexpr std::array<Hair, 8> masculine{Hair::crop,   Hair::crop,   Hair::crop,  Hair::parted,
                                            Hair::parted, Hair::parted, Hair::curls, Hair::bob};
    const auto choice = static_cast<std::size_t>(random.below(8));
    traits.hair = traits.male ? masculine[choice] : feminine[choice];
    if (traits.male && random.chance(0.06F + 0.4F * traits.old) && traits.age > 30) {
        traits.hair = Hair::bald;
    }
    if (traits.male && traits.age > 19 && random.chance(0.45F)) {
        constexpr std::array<Beard, 3> beards{Beard::stubble, Beard::moustache, Beard::full};
        traits.beard = beards[static_cast<std::size_t>(random.below(3))];
    }
    traits.glasses = random.chance(0.08F + 0.3F * traits.old);
    traits.earrings = !traits.male && traits.age > 14 && random.chance(0.4F);
    traits.freckles = traits.skin.red > 0.88F && random.chance(0.2F + 0.2F * traits.child);
    traits.fringe = random.chance(traits.male ? 0.25F : 0.4F);
    traits.part = random.chance(0.5F) ? random.uniform(0.25F, 0.6F) : random.uniform(-0.6F, -0.25F);
    traits.blush = random.uniform(0.1F, 0.5F) + 0.3F * traits.child;
}

void draw_pose(Random& random, Traits& traits, int size, float difficulty) {
    const auto side = static_cast<float>(size);
    const float turn = random.uniform(-1, 1) * mix(0.05F, 0.42F, difficulty);
    const float reach = mix(0.02F, 0.13F, difficulty);
    traits.frame.cosine = std::cos(turn);
    traits.frame.sine = std::sin(turn);
    traits.frame.scale = side * random.uniform(mix(0.32F, 0.235F, difficulty), 0.37F);
    traits.frame.origin = {side * (0.5F + random.uniform(-reach, reach)),
                           side * (0.5F + random.uniform(-reach, reach))};
    traits.yaw = random.uniform(-1, 1) * mix(0.2F, 1, difficulty);
    traits.pitch = random.uniform(-1, 1) * mix(0.2F, 1, difficulty);
    traits.gaze_x = random.uniform(-1, 1);
    traits.gaze_y = random.uniform(-0.5F, 0.6F);
    const float angle = random.uniform(-2.6F, -0.54F);
    traits.light_x = std::cos(angle);
    traits.light_y = std::sin(angle);
    traits.contrast = random.uniform(0.5F, mix(0.8F, 1.5F, difficulty));
}

/// What the expression does to a neutral face.
void express(const Traits& traits, Layout& layout) {
    const float strength = traits.strength;
    float brow_lift = 0;
    switch (traits.expression) {
        case Expression::happy:
            layout.corner = -0.12F * strength;
            layout.mouth_x *= 1 + 0.22F * strength;
            layout.mouth_open = std::max(0.0F, 0.17F * (strength - 0.5F));
            layout.eye_open = 1 - 0.34F * strength;
            brow_lift = 0.03F * strength;
            break;
        case Expression::neutral:
            layout.corner = 0.018F * (2 * strength - 1);
            break;
        case Expression::sad:
            layout.corner = 0.11F * strength;
            layout.mouth_x *= 1 - 0.08F * strength;
            layout.eye_open = 1 - 0.22F * strength;
            layout.brow_tilt = 0.10F * strength;
            break;
        case Expression::surprised:
            layout.mouth_x *= 1 - 0.42F * strength;
            layout.mouth_open = 0.06F + 0.11F * strength;
            layout.eye_open = 1 + 0.38F * strength;
            brow_lift = 0.13F * strength;
            break;
    }
    for (Position& brow : layout.brows) {
        brow.y -= brow_lift;
    }
}

}  // namespace

float Layout::head(Position point) const {
    const float down = clamp01(point.y / head_y);
    const Ellipse oval{{0, 0}, head_x * (1 - taper * down * down * (1.35F - 0.35F * down)), head_y};
    return oval(point);
}

Traits draw_traits(Random& random, int size, float difficulty) {
    Traits traits;
    traits.expression = static_cast<Expression>(random.below(4));
    traits.strength = random.uniform(mix(0.9F, 0.5F, difficulty), 1);
    traits.male = random.chance(0.5F);
    traits.age = std::floor(random.uniform(4, 90));
    traits.child = 1 - smooth_step(4, 19, traits.age);
    traits.old = smooth_step(38, 85, traits.age);
    traits.grey = smooth_step(36, 72, traits.age + random.uniform(-6, 6));
    draw_colors(random, traits);
    draw_style(random, traits);
    draw_pose(random, traits, size, difficulty);
    return traits;
}

Layout lay_out(const Traits& traits) {
    const float child = traits.child;
    const float grown = 1 - child;
    const float male = traits.male ? grown : 0;
    Layout layout;
    layout.head_x = 0.74F + 0.09F * child + 0.03F * male;
    layout.head_y = 1 - 0.10F * child + 0.02F * traits.old;
    layout.taper = 0.42F - 0.12F * child - 0.14F * male - 0.05F * traits.old;
    layout.eye_x = 0.15F + 0.03F * child - 0.01F * male;
    layout.eye_y = 0.10F + 0.035F * child - 0.015F * male - 0.02F * traits.old;
    layout.nose_size = 0.10F - 0.035F * child + 0.02F * male + 0.02F * traits.old;
    layout.mouth_x = 0.27F - 0.05F * child + 0.02F * male;
    layout.lip = 0.05F - 0.012F * male - 0.02F * traits.old;
    const float narrow = 1 - 0.10F * std::abs(traits.yaw);
    const auto on_face = [&](float x, float y, float depth) {
        return Position{narrow * x + 0.15F * traits.yaw * depth, y + 0.08F * traits.pitch * depth};
    };
    const float eye_line = -0.06F + 0.14F * child;
    const float brow_line = eye_line - 0.23F - 0.02F * child;
    for (const std::size_t side : {0, 1}) {
        const float sign = side == 0 ? -1.0F : 1.0F;
        layout.eyes[side] = on_face(sign * (0.31F + 0.01F * child), eye_line, 1);
        layout.brows[side] = on_face(sign * 0.32F, brow_line, 1);
    }
    layout.nose = on_face(0, 0.25F + 0.07F * child, 1.5F);
    layout.mouth = on_face(0, 0.53F + 0.03F * child, 1.1F);
    layout.chin = {0.06F * traits.yaw, layout.head_y};
    express(traits, layout);
    return layout;
}

Landmarks landmarks(const Traits& traits, const Layout& layout) {
    const Position corner{layout.mouth_x, layout.corner};
    const float gap = layout.mouth_open + layout.lip;
    Landmarks places{layout.brows[0],
                     layout.brows[1],
                     layout.eyes[0],
                     layout.eyes[1],
                     layout.nose,
                     layout.mouth + Position{-corner.x, corner.y},
                     layout.mouth + corner,
                     layout.mouth + Position{0, -gap},
                     layout.mouth + Position{0, gap},
                     layout.chin};
    for (Position& place : places) {
        place = traits.frame.to_pixels(place);
    }
    return places;
}

}  // namespace graft::faces
