// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "../synthetic_faces/random.hpp"
#include "graft/dataset.hpp"

namespace graft::shapes {

using faces::Random;

enum class Form { disc, square, triangle };

/// The forms' names, in the order of the enumeration.
inline constexpr std::array<const char*, 3> form_names{"disc", "square", "triangle"};

struct Shape {
    Form form = Form::disc;
    double x = 0;  ///< of the middle, in pixels
    double y = 0;
    double radius = 0;  ///< of the circle around it
    double turn = 0;    ///< radians
    std::array<std::uint8_t, 3> color{};

    /// Whether a place lies in it.
    bool covers(double place_x, double place_y) const;
};

/// One picture to be: shapes that lie apart, on a ground.
struct Scene {
    std::int64_t side = 0;  ///< pixels
    std::vector<Shape> shapes;
    std::array<std::uint8_t, 3> ground{};
};

/// One to `most` shapes, of all forms and colours alike.
Scene draw_scene(Random& random, std::int64_t side, std::int64_t most);

/// The scene with noise: its standard deviation is at most about 40 of 255, at 1.
RgbImage picture_of(const Scene& scene, double noise, Random& random);

/// 0: the ground; above: the form.
ClassMap mask_of(const Scene& scene);

/// Each around the pixels of its shape.
Boxes boxes_of(const Scene& scene);

}  // namespace graft::shapes
