// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Shapes as signed distances: negative inside, in the units of their arguments, good near the edge.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace graft::faces {

struct Position {
    float x = 0;
    float y = 0;
};

inline Position operator+(Position left, Position right) {
    return {left.x + right.x, left.y + right.y};
}
inline Position operator-(Position left, Position right) {
    return {left.x - right.x, left.y - right.y};
}
inline Position operator*(float factor, Position place) {
    return {factor * place.x, factor * place.y};
}
inline float length(Position place) {
    return std::sqrt(place.x * place.x + place.y * place.y);
}

inline float mix(float from, float to, float part) {
    return from + (to - from) * part;
}
inline float clamp01(float value) {
    return std::clamp(value, 0.0F, 1.0F);
}
inline float smooth_step(float low, float high, float value) {
    const float part = clamp01((value - low) / (high - low));
    return part * part * (3 - 2 * part);
}

/// A rectangle that a shape does not leave.
struct Box {
    float left = 0;
    float top = 0;
    float right = 0;
    float bottom = 0;

    static Box around(Position centre, float half_width, float half_height) {
        return {centre.x - half_width, centre.y - half_height, centre.x + half_width, centre.y + half_height};
    }
    Box grown(float by) const { return {left - by, top - by, right + by, bottom + by}; }
};

struct Ellipse {
    Position centre;
    float radius_x = 1;
    float radius_y = 1;

    Box box() const { return Box::around(centre, radius_x, radius_y); }
    float operator()(Position point) const {
        const Position unit{(point.x - centre.x) / radius_x, (point.y - centre.y) / radius_y};
        const float outer = length(unit);
        const float slope = length({unit.x / radius_x, unit.y / radius_y});
        return slope < 1e-6F ? -std::min(radius_x, radius_y) : outer * (outer - 1) / slope;
    }
};

/// An axis-aligned rectangle with round corners.
struct RoundBox {
    Position centre;
    float half_width = 1;
    float half_height = 1;
    float corner = 0;

    Box box() const { return Box::around(centre, half_width, half_height); }
    float operator()(Position point) const {
        const float beyond_x = std::abs(point.x - centre.x) - half_width + corner;
        const float beyond_y = std::abs(point.y - centre.y) - half_height + corner;
        return length({std::max(beyond_x, 0.0F), std::max(beyond_y, 0.0F)}) +
               std::min(std::max(beyond_x, beyond_y), 0.0F) - corner;
    }
};

/// A brush stroke along a quadratic Bezier curve, thick in the middle and thinner at its ends.
class Stroke {
public:
    Stroke(Position from, Position bend, Position to, float radius, float end_radius)
        : radius_(radius), end_radius_(end_radius) {
        for (std::size_t index = 0; index < points_.size(); ++index) {
            const float part = static_cast<float>(index) / static_cast<float>(points_.size() - 1);
            points_[index] = (1 - part) * (1 - part) * from + 2 * part * (1 - part) * bend + part * part * to;
        }
        box_ = {from.x, from.y, from.x, from.y};
        for (const Position point : points_) {
            box_ = {std::min(box_.left, point.x), std::min(box_.top, point.y), std::max(box_.right, point.x),
                    std::max(box_.bottom, point.y)};
        }
        box_ = box_.grown(std::max(radius, end_radius));
    }

    Box box() const { return box_; }
    float operator()(Position point) const {
        float nearest = 1e9F;
        constexpr float steps = static_cast<float>(segments);
        for (std::size_t segment = 0; segment < segments; ++segment) {
            const Position along = points_[segment + 1] - points_[segment];
            const Position to = point - points_[segment];
            const float squared = along.x * along.x + along.y * along.y + 1e-12F;
            const float part = clamp01((to.x * along.x + to.y * along.y) / squared);
            const float whole = 2 * (static_cast<float>(segment) + part) / steps - 1;
            const float radius = mix(radius_, end_radius_, whole * whole);
            nearest = std::min(nearest, length(to - part * along) - radius);
        }
        return nearest;
    }

private:
    static constexpr std::size_t segments = 6;
    std::array<Position, segments + 1> points_;
    Box box_;
    float radius_;
    float end_radius_;
};

/// What lies between two arcs that share their ends: a mouth, an eye. `upper` and `lower` say how far the
/// arcs bulge below the line between the ends (negative: above it).
struct Lens {
    Position centre;
    float half_width = 1;
    float upper = -0.5F;
    float lower = 0.5F;

    Box box() const {
        return {centre.x - half_width, centre.y + std::min({upper, lower, 0.0F}), centre.x + half_width,
                centre.y + std::max({upper, lower, 0.0F})};
    }
    float operator()(Position point) const {
        const float across = (point.x - centre.x) / half_width;
        const float bulge = 1 - across * across;
        const float down = point.y - centre.y;
        const float steep = 2 * across / half_width;
        const float above = (upper * bulge - down) / std::sqrt(1 + upper * upper * steep * steep);
        const float below = (down - lower * bulge) / std::sqrt(1 + lower * lower * steep * steep);
        return std::max(above, below);
    }
};

}  // namespace graft::faces
