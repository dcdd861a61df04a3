// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "data/resample.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace graft::data {
namespace {

constexpr int channels = 3;

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

void add_taps(Axis& axis, double centre, double support, int source_size) {
    Taps taps{0, 0, axis.weights.size()};
    if (centre >= 0 && centre <= source_size) {
        taps.first = std::max(0, static_cast<int>(std::floor(centre - support + 0.5)));
        const int last = std::min(source_size, static_cast<int>(std::floor(centre + support + 0.5)));
        taps.count = std::max(1, last - taps.first);
        taps.first = std::min(taps.first, source_size - taps.count);
        double sum = 0;
        for (int at = 0; at < taps.count; ++at) {
            const double distance = std::abs(taps.first + at + 0.5 - centre) / support;
            const double weight = std::max(0.0, 1 - distance);
            axis.weights.push_back(static_cast<float>(weight));
            sum += weight;
        }
        for (std::size_t at = taps.weights; at < axis.weights.size(); ++at) {
            axis.weights[at] = static_cast<float>(axis.weights[at] / sum);
        }
        axis.begin = std::min(axis.begin, taps.first);
        axis.end = std::max(axis.end, taps.first + taps.count);
    }
    axis.taps.push_back(taps);
}

Axis make_axis(AxisMap map, int source_size, int target_size) {
    Axis axis;
    axis.begin = source_size;
    axis.taps.reserve(static_cast<std::size_t>(target_size));
    const double support = std::max(1.0, 1 / std::abs(map.scale));
    for (int at = 0; at < target_size; ++at) {
        add_taps(axis, (at + 0.5 - map.shift) / map.scale, support, source_size);
    }
    return axis;
}

/// One row of the target's height, still of the source's width: sums over the source's rows. The loop runs
/// over bytes that lie side by side, so the compiler makes vector instructions of it.
void sum_rows(const cv::Mat& source, const Axis& horizontal, const Taps& taps, const float* weights,
              float* sums) {
    const int begin = horizontal.begin * channels;
    const int end = horizontal.end * channels;
    std::fill(sums + begin, sums + end, 0.5F);  // rounds when it is cut to a byte
    for (int at = 0; at < taps.count; ++at) {
        const std::uint8_t* row = source.ptr<std::uint8_t>(taps.first + at);
        const float weight = weights[at];
        for (int byte = begin; byte < end; ++byte) {
            sums[byte] += weight * static_cast<float>(row[byte]);
        }
    }
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
            for (int at = 0; at < taps.count; ++at, pixel += channels) {
                red += weight[at] * pixel[0];
                green += weight[at] * pixel[1];
                blue += weight[at] * pixel[2];
            }
            target[0] = static_cast<std::uint8_t>(std::min(red, 255.0F));
            target[1] = static_cast<std::uint8_t>(std::min(green, 255.0F));
            target[2] = static_cast<std::uint8_t>(std::min(blue, 255.0F));
        }
        target += channels;
    }
}

}  // namespace

void resample(const cv::Mat& source, AxisMap horizontal, AxisMap vertical, Color fill, cv::Mat& target) {
    const Axis across = make_axis(horizontal, source.cols, target.cols);
    const Axis down = make_axis(vertical, source.rows, target.rows);
    std::vector<float> sums(static_cast<std::size_t>(source.cols) * channels);
    for (int y = 0; y < target.rows; ++y) {
        const Taps& taps = down.taps[static_cast<std::size_t>(y)];
        auto* row = target.ptr<std::uint8_t>(y);
        if (taps.count == 0 || across.begin >= across.end) {
            for (int x = 0; x < target.cols; ++x) {
                std::copy(fill.begin(), fill.end(), row + static_cast<std::ptrdiff_t>(x) * channels);
            }
            continue;
        }
        sum_rows(source, across, taps, down.weights.data() + taps.weights, sums.data());
        sum_columns(sums.data(), across, fill, row);
    }
}

}  // namespace graft::data
