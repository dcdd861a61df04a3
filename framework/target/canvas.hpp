// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What drawings of values and of answers share.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <opencv2/core/types.hpp>

#include "graft/target.hpp"
#include "lettering/lettering.hpp"

namespace cv {
class Mat;
}

namespace graft::target {

/// A picture that something is drawn into.
struct Canvas {
    cv::Mat& picture;  ///< RGB
    double scale = 1;  ///< its size, by that of the picture in which places are given
    lettering::Lettering& lettering;
};

/// A box with words on a plate of its colour.
struct LabelledBox {
    Box box;
    std::string text;  ///< empty: no plate
    cv::Scalar color;
    bool below = false;  ///< the plate hangs at the lower edge, not at the upper one
};

/// Draws boxes, then their plates, those of the first boxes on top of the others.
void draw_boxes(const Canvas& canvas, const std::vector<LabelledBox>& boxes);

/// What a colour in a picture means.
struct Key {
    std::string name;
    cv::Scalar color;  ///< RGB

    bool operator==(const Key&) const = default;
};

/// The classes of a mask that are coloured and occur; `counts`: pixels by class. The first class is the
/// background and stays as it is.
std::vector<Key> keys_of_classes(const TargetSchema& schema, const std::array<std::int64_t, 256>& counts);

}  // namespace graft::target
