// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "target/caption.hpp"

#include <array>

namespace graft::target {

cv::Scalar color_of(Mood mood) {
    static const std::array<cv::Scalar, 5> colors{
        cv::Scalar(40, 42, 48),     // plain
        cv::Scalar(128, 130, 136),  // faint
        cv::Scalar(74, 114, 176),   // claim
        cv::Scalar(46, 140, 87),    // right
        cv::Scalar(204, 62, 54),    // wrong
    };
    return colors.at(static_cast<std::size_t>(mood));
}

cv::Scalar color_of_class(std::size_t index) {
    // Ten that differ for people who see colours weakly, too; then the same, darker.
    static const std::array<cv::Scalar, 10> colors{
        cv::Scalar(230, 159, 0),   cv::Scalar(86, 180, 233), cv::Scalar(0, 158, 115),
        cv::Scalar(240, 228, 66),  cv::Scalar(0, 114, 178),  cv::Scalar(213, 94, 0),
        cv::Scalar(204, 121, 167), cv::Scalar(120, 94, 240), cv::Scalar(100, 60, 20),
        cv::Scalar(150, 150, 150),
    };
    const double darker = 1.0 - 0.25 * static_cast<double>(index / colors.size() % 3);
    return colors[index % colors.size()] * darker;
}

}  // namespace graft::target
