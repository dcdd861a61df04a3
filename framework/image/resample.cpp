// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "image/resample.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "image/resample_kernel/kernel.hpp"

namespace graft::image {
namespace {

using resampling::channels;
using resampling::Taps;

/// A filter before it widens.
struct Filter {
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

Filter filter_of(Interpolation interpolation) {
    return interpolation == Interpolation::bicubic ? Filter{2, cubic} : Filter{1, triangle};
}

const resampling::Kernel& kernel() {
#ifdef __x86_64__
    static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
    if (has_avx2) {
        return resampling::kernel_avx2;
    }
#endif
    return resampling::kernel_plain;
}

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

/// `widened`: how many source pixels a step of the filter is.
void add_taps(Axis& axis, const Filter& filter, double centre, double widened, int source_size) {
    const double support = filter.reach * widened;
    Taps taps{0, 0, axis.weights.size()};
    if (centre >= 0 && centre <= source_size) {
        taps.first = std::max(0, static_cast<int>(std::floor(centre - support + 0.5)));
        const int last = std::min(source_size, static_cast<int>(std::floor(centre + support + 0.5)));
        taps.count = std::max(1, last - taps.first);
        taps.first = std::min(taps.first, source_size - taps.count);
        double sum = 0;
        for (int index = 0; index < taps.count; ++index) {
            const double weight = filter.weight(std::abs(taps.first + index + 0.5 - centre) / widened);
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

void make_axis(AxisMap map, const Filter& filter, int source_size, int target_size, Axis& axis) {
    axis.taps.clear();
    axis.weights.clear();
    axis.begin = source_size;
    axis.end = 0;
    axis.taps.reserve(static_cast<std::size_t>(target_size));
    const double widened = std::max(1.0, 1 / std::abs(map.scale));
    for (int index = 0; index < target_size; ++index) {
        add_taps(axis, filter, (index + 0.5 - map.shift) / map.scale, widened, source_size);
    }
}

}  // namespace

void resample(const cv::Mat& source, AxisMap horizontal, AxisMap vertical, Interpolation interpolation,
              Color fill, cv::Mat& target) {
    const Filter filter = filter_of(interpolation);
    const resampling::Kernel& loops = kernel();
    thread_local Work work;
    const Axis& across = work.across;
    const Axis& down = work.down;
    make_axis(horizontal, filter, source.cols, target.cols, work.across);
    make_axis(vertical, filter, source.rows, target.rows, work.down);
    work.sums.resize(std::max(work.sums.size(), static_cast<std::size_t>(source.cols) * channels + 1));
    for (int y = 0; y < target.rows; ++y) {
        const Taps& taps = down.taps[static_cast<std::size_t>(y)];
        auto* row = target.ptr<std::uint8_t>(y);
        if (taps.count == 0 || across.begin >= across.end) {
            for (int x = 0; x < target.cols; ++x) {
                std::copy(fill.begin(), fill.end(), row + static_cast<std::ptrdiff_t>(x) * channels);
            }
            continue;
        }
        loops.sum_rows(source.ptr<std::uint8_t>(taps.first), static_cast<std::ptrdiff_t>(source.step),
                       across.begin * channels, across.end * channels, down.weights.data() + taps.weights,
                       taps.count, work.sums.data());
        loops.sum_columns(work.sums.data(), across.taps.data(), target.cols, across.weights.data(),
                          fill.data(), row);
    }
}

}  // namespace graft::image
