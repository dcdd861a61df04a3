// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

#include <opencv2/core/types.hpp>

namespace graft::target {

enum class Mood { plain, faint, claim, right, wrong };

/// A line below a picture.
struct Caption {
    std::string text;
    Mood mood = Mood::plain;
    double bar = -1;  ///< how much of a bar is filled, 0..1; negative: none
};

/// RGB.
cv::Scalar color_of(Mood mood);

/// A colour for a class, far from its neighbours'; RGB.
cv::Scalar color_of_class(std::size_t index);

}  // namespace graft::target
