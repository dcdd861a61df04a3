// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Points of pictures drawn where they are on average.
#pragma once

#include <string>
#include <vector>

#include "core/event.hpp"

namespace graft::insight {

/// In parts of width and height.
struct PlacedPoint {
    std::string name;
    double x = 0;
    double y = 0;
    double variance_x = 0;
    double variance_y = 0;
    double covariance = 0;
};

/// Of an entry of `points` as an engine gives it; those that nobody knows are left out.
std::vector<PlacedPoint> placed_points(const core::Json& entry);

/// The mean size of pictures.
struct MeanSize {
    double width = 100;
    double height = 100;
};
MeanSize frame_of(const core::Json& data);

/// SVG: crosses with ellipses of one standard deviation.
std::string drawing_of_spread(const std::vector<PlacedPoint>& points, const MeanSize& frame,
                              const std::string& label);

/// SVG: circles of these radii, in pixels of the frame; one a point.
std::string drawing_of_errors(const std::vector<PlacedPoint>& points, const std::vector<double>& radii,
                              const MeanSize& frame, const std::string& label);

}  // namespace graft::insight
