// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/warp.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "image/resample.hpp"

namespace graft::image {
namespace {

bool is_affine(const Matrix& matrix) {
    return matrix[6] == 0 && matrix[7] == 0 && matrix[8] == 1;
}

/// How long one source pixel's step becomes, in the middle of the picture.
double step_length(const Matrix& matrix, Point middle, double step_x, double step_y) {
    const Point from = apply(matrix, {middle.x - step_x / 2, middle.y - step_y / 2});
    const Point to = apply(matrix, {middle.x + step_x / 2, middle.y + step_y / 2});
    return std::hypot(to.x - from.x, to.y - from.y);
}

/// The source made smaller where the matrix makes it smaller, and the matrix that is left to do.
cv::Mat reduce(const cv::Mat& source, Interpolation interpolation, Matrix& matrix) {
    const Point middle{source.cols / 2.0, source.rows / 2.0};
    const auto shrunk = [](int side, double length) {
        return std::clamp(static_cast<int>(std::ceil(side * length)), 1, side);
    };
    const int width = shrunk(source.cols, step_length(matrix, middle, 1, 0));
    const int height = shrunk(source.rows, step_length(matrix, middle, 0, 1));
    if (width == source.cols && height == source.rows) {
        return source;
    }
    const double scale_x = static_cast<double>(width) / source.cols;
    const double scale_y = static_cast<double>(height) / source.rows;
    cv::Mat reduced(height, width, CV_8UC3);
    resample(source, {scale_x, 0}, {scale_y, 0}, interpolation, {}, reduced);
    matrix = then(scale_and_shift(1 / scale_x, 1 / scale_y, 0, 0), matrix);
    return reduced;
}

/// The part of the source that the target can see, with a margin for the filters. Empty: nothing.
cv::Rect visible(const cv::Mat& source, const Matrix& matrix, cv::Size target) {
    const Matrix back = inverse(matrix);
    const Point middle = apply(back, {target.width / 2.0, target.height / 2.0});
    const double step = std::min(step_length(matrix, middle, 1, 0), step_length(matrix, middle, 0, 1));
    const double margin = 2 + 2 / std::clamp(step, 1e-6, 1.0);
    double left = source.cols;
    double top = source.rows;
    double right = 0;
    double bottom = 0;
    for (const Point corner : {Point{0, 0}, Point{1, 0}, Point{0, 1}, Point{1, 1}}) {
        const Point seen = apply(back, {corner.x * target.width, corner.y * target.height});
        left = std::min(left, seen.x - margin);
        top = std::min(top, seen.y - margin);
        right = std::max(right, seen.x + margin);
        bottom = std::max(bottom, seen.y + margin);
    }
    const cv::Point from(static_cast<int>(std::max(left, 0.0)), static_cast<int>(std::max(top, 0.0)));
    const cv::Point to(static_cast<int>(std::min<double>(right, source.cols)),
                       static_cast<int>(std::min<double>(bottom, source.rows)));
    return to.x > from.x && to.y > from.y ? cv::Rect(from, to) : cv::Rect();
}

}  // namespace

Color fill_color(const Normalization& normalization) {
    Color fill{};
    for (std::size_t channel = 0; channel < fill.size(); ++channel) {
        fill[channel] =
            static_cast<std::uint8_t>(std::clamp(std::lround(normalization.mean[channel] * 255), 0L, 255L));
    }
    return fill;
}

void warp(const cv::Mat& source, const Matrix& matrix, Color fill, Interpolation interpolation,
          cv::Mat& target) {
    if (is_affine(matrix) && matrix[1] == 0 && matrix[3] == 0) {
        resample(source, {matrix[0], matrix[2]}, {matrix[4], matrix[5]}, interpolation, fill, target);
        return;
    }
    const cv::Scalar border(fill[0], fill[1], fill[2]);
    const cv::Rect part = visible(source, matrix, target.size());
    if (part.empty()) {
        target.setTo(border);
        return;
    }
    Matrix rest = then(scale_and_shift(1, 1, part.x, part.y), matrix);
    const cv::Mat reduced = reduce(source(part), interpolation, rest);
    // OpenCV counts from pixel centres.
    rest = then(then(scale_and_shift(1, 1, 0.5, 0.5), rest), scale_and_shift(1, 1, -0.5, -0.5));
    const Matrix back = inverse(rest);
    const int filter = interpolation == Interpolation::bicubic ? cv::INTER_CUBIC : cv::INTER_LINEAR;
    const int flags = filter | cv::WARP_INVERSE_MAP;
    if (is_affine(rest)) {
        const cv::Matx23d affine(back[0], back[1], back[2], back[3], back[4], back[5]);
        cv::warpAffine(reduced, target, affine, target.size(), flags, cv::BORDER_CONSTANT, border);
    } else {
        const cv::Matx33d perspective(back.data());
        cv::warpPerspective(reduced, target, perspective, target.size(), flags, cv::BORDER_CONSTANT, border);
    }
}

}  // namespace graft::image
