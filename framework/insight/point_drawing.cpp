// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "insight/point_drawing.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "insight/document.hpp"
#include "report/formatting.hpp"

namespace graft::insight {
namespace {

using core::Json;

std::string drawing(const MeanSize& frame, const std::string& label, const std::string& content) {
    const double scale = 320 / std::max(frame.width, frame.height);
    return fmt::format(
        "<svg class=\"points\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {:.6g} {:.6g}\" width=\"{:.0f}\" "
        "height=\"{:.0f}\" stroke-width=\"{:.3g}\">\n{}</svg>\n",
        escaped(label), frame.width, frame.height, frame.width * scale, frame.height * scale, 1.5 / scale,
        content);
}

std::string title_of(const std::string& text) {
    return "<title>" + escaped(text) + "</title>";
}

}  // namespace

std::vector<PlacedPoint> placed_points(const Json& entry) {
    const Json names = entry.value("names", Json::array());
    const Json spread = entry.value("spread", Json::array());
    std::vector<PlacedPoint> points;
    for (std::size_t point = 0; point < spread.size(); ++point) {
        if (spread[point].is_array() && spread[point].size() == 5) {
            const auto numbers = spread[point].get<std::vector<double>>();
            points.push_back({point < names.size() ? names[point].get<std::string>() : std::to_string(point),
                              numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]});
        }
    }
    return points;
}

MeanSize frame_of(const Json& data) {
    MeanSize sums{0, 0};
    double pictures = 0;
    for (const Json& size : data.value("sizes", Json::array())) {
        const double of_size = report::number(size, "pictures");
        sums.width += of_size * report::number(size, "width");
        sums.height += of_size * report::number(size, "height");
        pictures += of_size;
    }
    return pictures > 0 ? MeanSize{sums.width / pictures, sums.height / pictures} : MeanSize();
}

std::string drawing_of_spread(const std::vector<PlacedPoint>& points, const MeanSize& frame,
                              const std::string& label) {
    std::string content;
    const double arm = 0.01 * std::max(frame.width, frame.height);
    for (const PlacedPoint& point : points) {
        const double xx = point.variance_x * frame.width * frame.width;
        const double yy = point.variance_y * frame.height * frame.height;
        const double xy = point.covariance * frame.width * frame.height;
        // Half-axes and angle of the ellipse: the eigenvalues of the 2 x 2 covariance.
        const double middle = (xx + yy) / 2;
        const double half = std::hypot((xx - yy) / 2, xy);
        const double angle = std::atan2(2 * xy, xx - yy) / 2 * 180 / std::numbers::pi;
        const double x = point.x * frame.width;
        const double y = point.y * frame.height;
        content += fmt::format(
            "<g>{0}<ellipse class=\"spread\" cx=\"{1:.4g}\" cy=\"{2:.4g}\" rx=\"{3:.4g}\" ry=\"{4:.4g}\" "
            "transform=\"rotate({5:.1f} {1:.4g} {2:.4g})\"/><path class=\"mean\" d=\"M{6:.4g} "
            "{2:.4g}h{8:.4g}M{1:.4g} "
            "{7:.4g}v{8:.4g}\"/></g>\n",
            title_of(point.name), x, y, std::sqrt(std::max(0.0, middle + half)),
            std::sqrt(std::max(0.0, middle - half)), angle, x - arm, y - arm, 2 * arm);
    }
    return drawing(frame, "Mean places of the points of " + label + " and their spread", content);
}

std::string drawing_of_errors(const std::vector<PlacedPoint>& points, const std::vector<double>& radii,
                              const MeanSize& frame, const std::string& label) {
    std::string content;
    for (std::size_t point = 0; point < std::min(points.size(), radii.size()); ++point) {
        if (std::isfinite(radii[point])) {
            content +=
                fmt::format("<circle class=\"spread\" cx=\"{:.4g}\" cy=\"{:.4g}\" r=\"{:.4g}\">{}</circle>\n",
                            points[point].x * frame.width, points[point].y * frame.height, radii[point],
                            title_of(fmt::format("{}: {:.3g} pixels", points[point].name, radii[point])));
        }
    }
    return drawing(frame, label, content);
}

}  // namespace graft::insight
