// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "core/random.hpp"
#include "image/geometry.hpp"
#include "pipeline/pipeline.hpp"

namespace graft::data {

/// How one sample is changed, drawn once: the move in input pixels and the colours.
struct Drawn {
    image::Matrix matrix = image::identity_matrix;
    bool mirrored = false;
    double brightness = 1;
    double contrast = 1;
    double saturation = 1;

    bool operator==(const Drawn&) const = default;
};

/// The same bytes for equal ones, others for others.
std::string to_bytes(const Drawn& drawn);

/// Draws in the list's order, always the same number of draws per entry. The middle of the input stays where
/// it is, but for translate.
///   flip       [probability]  left and right change places
///   rotate     [degrees]      uniform in -degrees..degrees
///   scale      [low, high]    a zoom, uniform in low..high; above 1 the picture grows
///   translate  [fraction]     uniform in -fraction..fraction of each side
///   color      [strength]     factors for brightness, contrast, saturation, uniform in
///   1-strength..1+strength
/// Throws Failure(internal) for another name: the pipeline has checked them.
Drawn draw(const std::vector<pipeline::Augment>& augment, image::Extent input, core::RandomStream& random);

/// The most that any draw enlarges a picture by; below 1 where every draw makes it smaller.
double largest_zoom(const std::vector<pipeline::Augment>& augment);

/// Applies brightness, then contrast about the mean grey, then saturation, in one pass; rounds once.
/// `picture`: RGB, 8 bits, changed in place.
void change_colors(cv::Mat& picture, const Drawn& drawn);

}  // namespace graft::data
