// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "render.hpp"

#include <algorithm>
#include <cstdint>

#include "paint.hpp"

namespace graft::faces {
namespace {

/// The light of the room and the sensor's noise, then bytes.
RgbImage develop(Canvas& canvas, float difficulty, Random& random) {
    const int size = canvas.size();
    const float brightness = random.uniform(mix(0.95F, 0.68F, difficulty), mix(1.05F, 1.2F, difficulty));
    const float warmth = random.uniform(-0.10F, 0.10F) * (0.3F + difficulty);
    const Color tint{255 * brightness * (1 + warmth), 255 * brightness, 255 * brightness * (1 - warmth)};
    const float noise = 255 * random.uniform(0.2F, 1) * 0.10F * difficulty;
    const float vignette = random.uniform(0, 0.3F);
    RgbImage image{size, size, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * size * size))};
    std::size_t index = 0;
    for (int y = 0; y < size; ++y) {
        for (int x = 0; x < size; ++x) {
            const float across = 2 * static_cast<float>(x) / static_cast<float>(size) - 1;
            const float down = 2 * static_cast<float>(y) / static_cast<float>(size) - 1;
            const float light = 1 - vignette * 0.5F * (across * across + down * down);
            const Color color = canvas.pixel_at(x, y);
            std::uint64_t grains = random.bits();
            for (const float value :
                 {tint.red * color.red, tint.green * color.green, tint.blue * color.blue}) {
                // The sum of two bytes is near enough to a bell for grain.
                const auto grain = static_cast<float>((grains & 255) + ((grains >> 8) & 255)) / 255 - 1;
                grains >>= 16;
                image.pixels[index++] =
                    static_cast<std::uint8_t>(std::clamp(light * value + noise * grain + 0.5F, 0.0F, 255.0F));
            }
        }
    }
    return image;
}

}  // namespace

RgbImage render(const Traits& traits, int size, float difficulty, Random& random) {
    Canvas canvas(size);
    const Layout layout = lay_out(traits);
    paint_background(canvas, random, difficulty);
    paint_shoulders(canvas, traits, random);
    paint_hair_behind(canvas, traits, layout);
    paint_neck_and_head(canvas, traits, layout);
    paint_marks(canvas, traits, layout, random);
    paint_beard(canvas, traits, layout);
    paint_nose(canvas, traits, layout);
    paint_mouth(canvas, traits, layout);
    paint_eyes(canvas, traits, layout);
    paint_brows(canvas, traits, layout);
    paint_hair_in_front(canvas, traits, layout);
    paint_glasses(canvas, traits, layout);
    return develop(canvas, difficulty, random);
}

}  // namespace graft::faces
