// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "scene.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace graft::shapes {
namespace {

std::array<std::uint8_t, 3> any_color(Random& random) {
    std::array<std::uint8_t, 3> color{};
    for (std::uint8_t& channel : color) {
        channel = static_cast<std::uint8_t>(random.below(256));
    }
    return color;
}

int difference(const std::array<std::uint8_t, 3>& left, const std::array<std::uint8_t, 3>& right) {
    int sum = 0;
    for (std::size_t channel = 0; channel < left.size(); ++channel) {
        sum += std::abs(int{left[channel]} - int{right[channel]});
    }
    return sum;
}

/// A colour that the eye tells from the ground.
std::array<std::uint8_t, 3> other_color(Random& random, const std::array<std::uint8_t, 3>& ground) {
    std::array<std::uint8_t, 3> color = any_color(random);
    while (difference(color, ground) < 180) {
        color = any_color(random);
    }
    return color;
}

/// Calls `function(x, y)` for each pixel of the shape that lies in the picture.
template <class Function>
void each_pixel(const Shape& shape, std::int64_t side, const Function& function) {
    const auto first = [](double place) {
        return std::max<std::int64_t>(0, static_cast<std::int64_t>(place));
    };
    const auto end = [&](double place) { return std::min(side, static_cast<std::int64_t>(place) + 1); };
    for (std::int64_t y = first(shape.y - shape.radius); y < end(shape.y + shape.radius); ++y) {
        for (std::int64_t x = first(shape.x - shape.radius); x < end(shape.x + shape.radius); ++x) {
            if (shape.covers(static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5)) {
                function(x, y);
            }
        }
    }
}

bool is_apart(const Shape& shape, const std::vector<Shape>& others) {
    return std::all_of(others.begin(), others.end(), [&](const Shape& other) {
        return std::hypot(shape.x - other.x, shape.y - other.y) > shape.radius + other.radius;
    });
}

}  // namespace

bool Shape::covers(double place_x, double place_y) const {
    const double from_x = place_x - x;
    const double from_y = place_y - y;
    if (form == Form::disc) {
        return std::hypot(from_x, from_y) <= radius;
    }
    const int sides = form == Form::square ? 4 : 3;
    const double apothem = radius * std::cos(std::numbers::pi / sides);
    for (int number = 0; number < sides; ++number) {
        const double angle = turn + 2 * std::numbers::pi * number / sides;
        if (from_x * std::cos(angle) + from_y * std::sin(angle) > apothem) {
            return false;
        }
    }
    return true;
}

Scene draw_scene(Random& random, std::int64_t side, std::int64_t most) {
    Scene scene;
    scene.side = side;
    scene.ground = any_color(random);
    const auto length = static_cast<float>(side);
    const int count = 1 + random.below(static_cast<int>(most));
    for (int number = 0; number < count; ++number) {
        constexpr int tries = 20;
        for (int attempt = 0; attempt < tries; ++attempt) {
            Shape shape;
            shape.form = static_cast<Form>(random.below(static_cast<int>(form_names.size())));
            shape.radius = random.uniform(0.09F, 0.22F) * length;
            const auto reach = static_cast<float>(shape.radius);
            shape.x = random.uniform(reach, length - reach);
            shape.y = random.uniform(reach, length - reach);
            shape.turn = random.uniform(0, 2 * std::numbers::pi_v<float>);
            shape.color = other_color(random, scene.ground);
            if (is_apart(shape, scene.shapes)) {
                scene.shapes.push_back(shape);
                break;
            }
        }
    }
    return scene;
}

RgbImage picture_of(const Scene& scene, double noise, Random& random) {
    RgbImage picture{scene.side, scene.side, {}};
    picture.pixels.resize(static_cast<std::size_t>(3 * scene.side * scene.side));
    const auto paint = [&](std::int64_t x, std::int64_t y, const std::array<std::uint8_t, 3>& color) {
        std::copy(color.begin(), color.end(),
                  picture.pixels.begin() + static_cast<std::ptrdiff_t>(3 * (y * scene.side + x)));
    };
    for (std::int64_t pixel = 0; pixel < scene.side * scene.side; ++pixel) {
        paint(pixel % scene.side, pixel / scene.side, scene.ground);
    }
    for (const Shape& shape : scene.shapes) {
        each_pixel(shape, scene.side, [&](std::int64_t x, std::int64_t y) { paint(x, y, shape.color); });
    }
    const auto largest = static_cast<float>(70 * noise);  // of a uniform draw
    for (std::uint8_t& value : picture.pixels) {
        value = static_cast<std::uint8_t>(
            std::clamp(static_cast<float>(value) + random.uniform(-largest, largest), 0.0F, 255.0F));
    }
    return picture;
}

ClassMap mask_of(const Scene& scene) {
    ClassMap mask{scene.side, scene.side, {}};
    mask.classes.resize(static_cast<std::size_t>(scene.side * scene.side));
    for (const Shape& shape : scene.shapes) {
        each_pixel(shape, scene.side, [&](std::int64_t x, std::int64_t y) {
            mask.classes[static_cast<std::size_t>(y * scene.side + x)] =
                static_cast<std::uint8_t>(1 + static_cast<int>(shape.form));
        });
    }
    return mask;
}

Boxes boxes_of(const Scene& scene) {
    Boxes boxes;
    for (const Shape& shape : scene.shapes) {
        Box box{shape.x, shape.y, shape.x, shape.y, static_cast<std::int64_t>(shape.form), false};
        each_pixel(shape, scene.side, [&](std::int64_t x, std::int64_t y) {
            box.left = std::min(box.left, static_cast<double>(x));
            box.top = std::min(box.top, static_cast<double>(y));
            box.right = std::max(box.right, static_cast<double>(x + 1));
            box.bottom = std::max(box.bottom, static_cast<double>(y + 1));
        });
        boxes.push_back(box);
    }
    return boxes;
}

}  // namespace graft::shapes
