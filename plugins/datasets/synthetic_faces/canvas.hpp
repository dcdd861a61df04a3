// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "shapes.hpp"

namespace graft::faces {

/// Red, green, blue in 0..1.
struct Color {
    float red = 0;
    float green = 0;
    float blue = 0;
};

inline Color operator*(float factor, Color color) {
    return {factor * color.red, factor * color.green, factor * color.blue};
}
inline Color blend(Color from, Color to, float part) {
    return {mix(from.red, to.red, part), mix(from.green, to.green, part), mix(from.blue, to.blue, part)};
}

/// Where face units lie on the canvas: turned, scaled, shifted.
struct Frame {
    Position origin;   ///< in pixels
    float scale = 1;   ///< pixels a unit
    float cosine = 1;  ///< of the turn
    float sine = 0;

    Position to_pixels(Position place) const {
        return {origin.x + scale * (cosine * place.x - sine * place.y),
                origin.y + scale * (sine * place.x + cosine * place.y)};
    }
    Position to_units(Position pixel) const {
        const Position from = pixel - origin;
        return {(cosine * from.x + sine * from.y) / scale, (cosine * from.y - sine * from.x) / scale};
    }
};

class Canvas {
public:
    explicit Canvas(int size)
        : size_(size), pixels_(static_cast<std::size_t>(size) * static_cast<std::size_t>(size)) {}

    int size() const { return size_; }
    Color& pixel_at(int x, int y) {
        return pixels_[static_cast<std::size_t>(y) * static_cast<std::size_t>(size_) +
                       static_cast<std::size_t>(x)];
    }
    std::vector<Color>& pixels() { return pixels_; }

    /// Lays `color(place)` over the pixels inside `shape`. The edge is `softness` units wide, at least a
    /// pixel.
    template <class Shape, class Shade>
    void shade(const Frame& frame, const Box& box, const Shape& shape, float softness, float opacity,
               const Shade& color) {
        const float edge = std::max(softness, 1 / frame.scale);
        const Box grown = box.grown(edge);
        float left = 1e9F;
        float top = 1e9F;
        float right = -1e9F;
        float bottom = -1e9F;
        for (const Position corner :
             {Position{grown.left, grown.top}, Position{grown.right, grown.top},
              Position{grown.left, grown.bottom}, Position{grown.right, grown.bottom}}) {
            const Position pixel = frame.to_pixels(corner);
            left = std::min(left, pixel.x);
            top = std::min(top, pixel.y);
            right = std::max(right, pixel.x);
            bottom = std::max(bottom, pixel.y);
        }
        const auto last = static_cast<float>(size_);
        const int first_x = static_cast<int>(std::clamp(left, 0.0F, last));
        const int first_y = static_cast<int>(std::clamp(top, 0.0F, last));
        const int end_x = static_cast<int>(std::clamp(right + 1, 0.0F, last));
        const int end_y = static_cast<int>(std::clamp(bottom + 1, 0.0F, last));
        for (int y = first_y; y < end_y; ++y) {
            for (int x = first_x; x < end_x; ++x) {
                const Position place =
                    frame.to_units({static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F});
                const float coverage = clamp01(0.5F - shape(place) / edge);
                if (coverage > 0) {
                    Color& pixel = pixel_at(x, y);
                    pixel = blend(pixel, color(place), coverage * opacity);
                }
            }
        }
    }

    /// Lays one colour over a shape that knows its box.
    template <class Shape>
    void fill(const Frame& frame, const Shape& shape, Color color, float softness = 0, float opacity = 1) {
        shade(frame, shape.box(), shape, softness, opacity, [color](Position) { return color; });
    }

private:
    int size_;
    std::vector<Color> pixels_;
};

}  // namespace graft::faces
