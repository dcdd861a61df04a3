// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "data/augment.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include "core/problem.hpp"

namespace graft::data {
namespace {

// ITU-R BT.601 luma, as Pillow's "L".
constexpr float red_part = 0.299F;
constexpr float green_part = 0.587F;
constexpr float blue_part = 0.114F;

float grey_of(const std::uint8_t* pixel) {
    return red_part * static_cast<float>(pixel[0]) + green_part * static_cast<float>(pixel[1]) +
           blue_part * static_cast<float>(pixel[2]);
}

image::Matrix zoom(double factor, Point centre) {
    return image::scale_and_shift(factor, factor, centre.x - factor * centre.x, centre.y - factor * centre.y);
}

void draw_one(const pipeline::Augment& entry, image::Extent input, core::RandomStream& random, Drawn& drawn) {
    const auto width = static_cast<double>(input.width);
    const auto height = static_cast<double>(input.height);
    const Point centre{width / 2, height / 2};
    const double value = entry.values.at(0);
    if (entry.name == "flip") {
        if (random.uniform() < value) {
            drawn.matrix = image::then(drawn.matrix, image::scale_and_shift(-1, 1, width, 0));
            drawn.mirrored = !drawn.mirrored;
        }
    } else if (entry.name == "rotate") {
        drawn.matrix = image::then(drawn.matrix, image::rotation(random.uniform(-value, value), centre));
    } else if (entry.name == "scale") {
        drawn.matrix = image::then(drawn.matrix, zoom(random.uniform(value, entry.values.at(1)), centre));
    } else if (entry.name == "translate") {
        const double shift_x = random.uniform(-value, value) * width;
        const double shift_y = random.uniform(-value, value) * height;
        drawn.matrix = image::then(drawn.matrix, image::scale_and_shift(1, 1, shift_x, shift_y));
    } else if (entry.name == "color") {
        drawn.brightness *= random.uniform(std::max(0.0, 1 - value), 1 + value);
        drawn.contrast *= random.uniform(std::max(0.0, 1 - value), 1 + value);
        drawn.saturation *= random.uniform(std::max(0.0, 1 - value), 1 + value);
    } else {
        throw core::Failure(core::Category::internal, "no augmentation is called '" + entry.name + "'");
    }
}

void append(std::string& bytes, double value) {
    const double number = value == 0 ? 0 : value;  // two zeros compare as equal
    bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

float mean_grey(const cv::Mat& picture) {
    double sum = 0;
    for (int y = 0; y < picture.rows; ++y) {
        const auto* pixel = picture.ptr<std::uint8_t>(y);
        float row = 0;
        for (int x = 0; x < picture.cols; ++x, pixel += 3) {
            row += grey_of(pixel);
        }
        sum += row;
    }
    return static_cast<float>(sum / (static_cast<double>(picture.rows) * picture.cols));
}

}  // namespace

Drawn draw(const std::vector<pipeline::Augment>& augment, image::Extent input, core::RandomStream& random) {
    Drawn drawn;
    for (const pipeline::Augment& entry : augment) {
        draw_one(entry, input, random, drawn);
    }
    return drawn;
}

std::string to_bytes(const Drawn& drawn) {
    std::string bytes(1, drawn.mirrored ? '1' : '0');
    for (const double entry : drawn.matrix) {
        append(bytes, entry);
    }
    for (const double factor : {drawn.brightness, drawn.contrast, drawn.saturation}) {
        append(bytes, factor);
    }
    return bytes;
}

double largest_zoom(const std::vector<pipeline::Augment>& augment) {
    double zoom = 1;
    for (const pipeline::Augment& entry : augment) {
        zoom *= entry.name == "scale" ? std::max(entry.values.at(0), entry.values.at(1)) : 1;
    }
    return zoom;
}

void change_colors(cv::Mat& picture, const Drawn& drawn) {
    if (drawn.brightness == 1 && drawn.contrast == 1 && drawn.saturation == 1) {
        return;
    }
    // value -> brightness * value -> about the mean -> about the pixel's own grey; all of it is linear.
    const auto gain = static_cast<float>(drawn.brightness * drawn.contrast);
    const auto saturation = static_cast<float>(drawn.saturation);
    const float offset =
        drawn.contrast == 1
            ? 0
            : mean_grey(picture) * static_cast<float>(drawn.brightness * (1 - drawn.contrast));
    for (int y = 0; y < picture.rows; ++y) {
        auto* pixel = picture.ptr<std::uint8_t>(y);
        for (int x = 0; x < picture.cols; ++x, pixel += 3) {
            const float common = offset + 0.5F + gain * (1 - saturation) * grey_of(pixel);
            for (int channel = 0; channel < 3; ++channel) {
                const float value = common + gain * saturation * static_cast<float>(pixel[channel]);
                pixel[channel] = static_cast<std::uint8_t>(std::clamp(value, 0.0F, 255.0F));
            }
        }
    }
}

}  // namespace graft::data
