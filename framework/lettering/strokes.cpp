// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "lettering/strokes.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <opencv2/imgproc.hpp>

#include "lettering/layout.hpp"

namespace graft::lettering {
namespace {

constexpr double pixels_an_em = 28;  // of the strokes at scale 1

/// The numbers of what is no ASCII.
std::string in_ascii(std::string_view line) {
    std::string text;
    for (const std::uint32_t character : code_points(line)) {
        if (character < 0x80) {
            text += static_cast<char>(character);
        } else if (character != U'\u2068' && character != U'\u2069') {
            const auto number = number_of(character);
            text.append(number.begin(), number.end());
        }
    }
    return text;
}

int thickness_at(double scale) {
    return std::max(1, static_cast<int>(std::lround(1.6 * scale)));
}

}  // namespace

int width_in_strokes(std::string_view line, double size) {
    int baseline = 0;
    const double scale = size / pixels_an_em;
    return cv::getTextSize(in_ascii(line), cv::FONT_HERSHEY_SIMPLEX, scale, thickness_at(scale), &baseline)
        .width;
}

void write_in_strokes(cv::Mat& picture, std::string_view line, cv::Point start, double size,
                      const cv::Scalar& color) {
    const double scale = size / pixels_an_em;
    cv::putText(picture, in_ascii(line), start, cv::FONT_HERSHEY_SIMPLEX, scale, color, thickness_at(scale),
                cv::LINE_AA);
}

}  // namespace graft::lettering
