// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/geometry.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/problem.hpp"

namespace graft::image {
namespace {

using pipeline::Resize;

Matrix crop_placement(const Preprocess& preprocess, double height, double width) {
    const auto input_height = static_cast<double>(preprocess.height);
    const auto input_width = static_cast<double>(preprocess.width);
    const bool tall = input_width / width >= input_height / height;  // the width decides
    double new_width = 0;
    double new_height = 0;
    if (tall) {
        new_width = std::max(1.0, std::round(preprocess.crop_scale * input_width));
        new_height = std::max(1.0, std::floor(new_width * height / width));
    } else {
        new_height = std::max(1.0, std::round(preprocess.crop_scale * input_height));
        new_width = std::max(1.0, std::floor(new_height * width / height));
    }
    // Python's round(), which torchvision uses, takes halves to the even number; so does nearbyint.
    const double left = std::nearbyint((new_width - input_width) / 2);
    const double top = std::nearbyint((new_height - input_height) / 2);
    return scale_and_shift(new_width / width, new_height / height, -left, -top);
}

Matrix pad_placement(const Preprocess& preprocess, double height, double width) {
    const auto input_height = static_cast<double>(preprocess.height);
    const auto input_width = static_cast<double>(preprocess.width);
    const double scale = std::min(input_height / height, input_width / width);
    const double new_width = std::max(1.0, std::round(scale * width));
    const double new_height = std::max(1.0, std::round(scale * height));
    return scale_and_shift(new_width / width, new_height / height, std::floor((input_width - new_width) / 2),
                           std::floor((input_height - new_height) / 2));
}

}  // namespace

Matrix scale_and_shift(double scale_x, double scale_y, double shift_x, double shift_y) {
    return {scale_x, 0, shift_x, 0, scale_y, shift_y, 0, 0, 1};
}

Matrix rotation(double degrees, Point centre) {
    const double angle = degrees * std::numbers::pi / 180;
    const double cosine = std::cos(angle);
    const double sine = std::sin(angle);
    return {cosine, sine,   centre.x - cosine * centre.x - sine * centre.y,
            -sine,  cosine, centre.y + sine * centre.x - cosine * centre.y,
            0,      0,      1};
}

Matrix then(const Matrix& first, const Matrix& second) {
    Matrix product{};
    for (std::size_t row = 0; row < 3; ++row) {
        for (std::size_t column = 0; column < 3; ++column) {
            for (std::size_t inner = 0; inner < 3; ++inner) {
                product[row * 3 + column] += second[row * 3 + inner] * first[inner * 3 + column];
            }
        }
    }
    return product;
}

Matrix inverse(const Matrix& matrix) {
    const auto& [a, b, c, d, e, f, g, h, i] = matrix;
    const double determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
    if (!std::isfinite(determinant) || determinant == 0) {
        throw core::Failure(core::Category::internal, "a picture's matrix cannot be inverted");
    }
    return {(e * i - f * h) / determinant, (c * h - b * i) / determinant, (b * f - c * e) / determinant,
            (f * g - d * i) / determinant, (a * i - c * g) / determinant, (c * d - a * f) / determinant,
            (d * h - e * g) / determinant, (b * g - a * h) / determinant, (a * e - b * d) / determinant};
}

Point apply(const Matrix& matrix, Point point) {
    const double weight = matrix[6] * point.x + matrix[7] * point.y + matrix[8];
    return {(matrix[0] * point.x + matrix[1] * point.y + matrix[2]) / weight,
            (matrix[3] * point.x + matrix[4] * point.y + matrix[5]) / weight};
}

Matrix placement(const Preprocess& preprocess, Extent original) {
    const auto height = static_cast<double>(original.height);
    const auto width = static_cast<double>(original.width);
    switch (preprocess.resize) {
        case Resize::crop:
            return crop_placement(preprocess, height, width);
        case Resize::pad:
            return pad_placement(preprocess, height, width);
        case Resize::stretch:
            break;
    }
    return scale_and_shift(static_cast<double>(preprocess.width) / width,
                           static_cast<double>(preprocess.height) / height, 0, 0);
}

}  // namespace graft::image
