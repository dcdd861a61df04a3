// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/resample.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace graft::image {
namespace {

constexpr int channels = 3;

/// A filter before it widens.
struct Kernel {
    double reach;  ///< it is 0 farther than this from its middle
    double (*weight)(double distance);
};

double triangle(double distance) {
    return std::max(0.0, 1 - distance);
}

double cubic(double distance) {
    constexpr double a = -0.5;
    if (distance < 1) {
        return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
    }
    return distance < 2 ? ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a : 0.0;
}

Kernel kernel_of(Interpolation interpolation) {
    return interpolation == Interpolation::bicubic ? Kernel{2, cubic} : Kernel{1, triangle};
}

/// The source pixels that make one target pixel; count 0: outside the picture.
struct Taps {
    int first = 0;
    int count = 0;
    std::size_t weights = 0;  ///< where they begin in Axis::weights
};

struct Axis {
    std::vector<Taps> taps;
    std::vector<float> weights;
    int begin = 0;  ///< source pixels [begin, end) are used at all
    int end = 0;
};

/// What is worked out anew for every picture, in memory that stays.
struct Work {
    Axis across;
    Axis down;
    std::vector<float> sums;
};

/// `widened`: how many source pixels a step of the kernel is.
void add_taps(Axis& axis, const Kernel& kernel, double centre, double widened, int source_size) {
    const double support = kernel.reach * widened;
    Taps taps{0, 0, axis.weights.size()};
    if (centre >= 0 && centre <= source_size) {
        taps.first = std::max(0, static_cast<int>(std::floor(centre - support + 0.5)));
        const int last = std::min(source_size, static_cast<int>(std::floor(centre + support + 0.5)));
        taps.count = std::max(1, last - taps.first);
        taps.first = std::min(taps.first, source_size - taps.count);
        double sum = 0;
        for (int index = 0; index < taps.count; ++index) {
            const double weight = kernel.weight(std::abs(taps.first + index + 0.5 - centre) / widened);
            axis.weights.push_back(static_cast<float>(weight));
            sum += weight;
        }
        for (std::size_t index = taps.weights; index < axis.weights.size(); ++index) {
            axis.weights[index] = static_cast<float>(axis.weights[index] / sum);
        }
        axis.begin = std::min(axis.begin, taps.first);
        axis.end = std::max(axis.end, taps.first + taps.count);
    }
    axis.taps.push_back(taps);
}

void make_axis(AxisMap map, const Kernel& kernel, int source_size, int target_size, Axis& axis) {
    axis.taps.clear();
    axis.weights.clear();
    axis.begin = source_size;
    axis.end = 0;
    axis.taps.reserve(static_cast<std::size_t>(target_size));
    const double widened = std::max(1.0, 1 / std::abs(map.scale));
    for (int index = 0; index < target_size; ++index) {
        add_taps(axis, kernel, (index + 0.5 - map.shift) / map.scale, widened, source_size);
    }
}

/// One row of the target's height, still of the source's width: sums over the source's rows. The loop runs
/// over bytes that lie side by side, so the compiler makes vector instructions of it.
void sum_rows(const cv::Mat& source, const Axis& horizontal, const Taps& taps, const float* weights,
              float* sums) {
    const int begin = horizontal.begin * channels;
    const int end = horizontal.end * channels;
    std::fill(sums + begin, sums + end, 0.5F);  // rounds when it is cut to a byte
    for (int index = 0; index < taps.count; ++index) {
        const std::uint8_t* row = source.ptr<std::uint8_t>(taps.first + index);
        const float weight = weights[index];
        for (int byte = begin; byte < end; ++byte) {
            sums[byte] += weight * static_cast<float>(row[byte]);
        }
    }
}

/// A cubic filter overshoots at edges.
std::uint8_t to_byte(float value) {
    return static_cast<std::uint8_t>(std::clamp(value, 0.0F, 255.0F));
}

void sum_columns(const float* sums, const Axis& horizontal, Color fill, std::uint8_t* target) {
    for (const Taps& taps : horizontal.taps) {
        if (taps.count == 0) {
            std::copy(fill.begin(), fill.end(), target);
        } else {
            const float* pixel = sums + static_cast<std::ptrdiff_t>(taps.first) * channels;
            const float* weight = horizontal.weights.data() + taps.weights;
            float red = 0;
            float green = 0;
            float blue = 0;
            for (int index = 0; index < taps.count; ++index, pixel += channels) {
                red += weight[index] * pixel[0];
                green += weight[index] * pixel[1];
                blue += weight[index] * pixel[2];
            }
            target[0] = to_byte(red);
            target[1] = to_byte(green);
            target[2] = to_byte(blue);
        }
        target += channels;
    }
}

}  // namespace

void resample(const cv::Mat& source, AxisMap horizontal, AxisMap vertical, Interpolation interpolation,
              Color fill, cv::Mat& target) {
    const Kernel kernel = kernel_of(interpolation);
    thread_local Work work;
    const Axis& across = work.across;
    const Axis& down = work.down;
    make_axis(horizontal, kernel, source.cols, target.cols, work.across);
    make_axis(vertical, kernel, source.rows, target.rows, work.down);
    work.sums.resize(std::max(work.sums.size(), static_cast<std::size_t>(source.cols) * channels));
    for (int y = 0; y < target.rows; ++y) {
        const Taps& taps = down.taps[static_cast<std::size_t>(y)];
        auto* row = target.ptr<std::uint8_t>(y);
        if (taps.count == 0 || across.begin >= across.end) {
            for (int x = 0; x < target.cols; ++x) {
                std::copy(fill.begin(), fill.end(), row + static_cast<std::ptrdiff_t>(x) * channels);
            }
            continue;
        }
        sum_rows(source, across, taps, down.weights.data() + taps.weights, work.sums.data());
        sum_columns(work.sums.data(), across, fill, row);
    }
}

}  // namespace graft::image
