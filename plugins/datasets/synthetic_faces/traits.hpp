// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>

#include "canvas.hpp"
#include "random.hpp"

namespace graft::faces {

enum class Expression { happy, neutral, sad, surprised };
enum class Hair { bald, crop, parted, curls, bob, tail, waves };
enum class Beard { none, stubble, moustache, full };

/// How a face is told to look, and how it is held into the picture.
struct Traits {
    Expression expression = Expression::neutral;
    float strength = 1;  ///< of the expression, 0..1
    bool male = false;
    float age = 30;  ///< years

    float child = 0;  ///< 1 for small children, 0 for adults
    float old = 0;    ///< 0 up to 40 years, 1 from 85
    float grey = 0;   ///< part of grey hair
    Frame frame;
    float yaw = 0;    ///< -1..1, the head turned to the picture's left or right
    float pitch = 0;  ///< -1..1, up or down
    float gaze_x = 0;
    float gaze_y = 0;

    Color skin;
    Color hair_color;
    Color iris;
    Color shirt;
    Color lips;
    Hair hair = Hair::crop;
    Beard beard = Beard::none;
    bool glasses = false;
    bool earrings = false;
    bool freckles = false;
    bool fringe = false;
    float part = 0;     ///< where the hair parts, -1..1
    float blush = 0;    ///< 0..1
    float light_x = 0;  ///< from where the light comes, -1..1
    float light_y = -1;
    float contrast = 1;  ///< of the light on the face
};

/// Where the parts of a face lie, in units of about the head's half height. Painting and landmarks both
/// come from here, so they agree.
struct Layout {
    float head_x = 0.75F;  ///< half width of the head
    float head_y = 1;      ///< half height
    float taper = 0.35F;   ///< how much narrower the jaw is
    std::array<Position, 2> eyes;
    float eye_x = 0.14F;
    float eye_y = 0.09F;
    float eye_open = 1;
    std::array<Position, 2> brows;  ///< their middles
    float brow_tilt = 0;            ///< > 0: the inner ends are raised
    Position nose;                  ///< the tip
    float nose_size = 0.1F;
    Position mouth;
    float mouth_x = 0.27F;  ///< half width
    float corner = 0;       ///< how far the corners lie below (> 0) or above the mouth's middle
    float mouth_open = 0;   ///< half the gap between the lips
    float lip = 0.05F;      ///< their thickness
    Position chin;

    /// Distance from the head's outline.
    float head(Position point) const;
    Box head_box() const { return Box::around({0, 0}, head_x, head_y); }
};

/// Ten landmarks: left and right brow, left and right eye, nose, left and right mouth corner, upper lip,
/// lower lip, chin. Left is the picture's left.
using Landmarks = std::array<Position, 10>;

/// `difficulty` 0..1 widens pose and light and makes expressions subtler.
Traits draw_traits(Random& random, int size, float difficulty);
Layout lay_out(const Traits& traits);
Landmarks landmarks(const Traits& traits, const Layout& layout);

}  // namespace graft::faces
