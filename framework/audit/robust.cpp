// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "audit/robust.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace graft::audit {
namespace {

constexpr double deviation_of_median = 1.4826;  // of normal numbers

std::vector<double> distances(const std::vector<double>& numbers, double from) {
    std::vector<double> all(numbers.size());
    std::transform(numbers.begin(), numbers.end(), all.begin(),
                   [&](double number) { return std::abs(number - from); });
    return all;
}

/// How many of the sorted numbers belong to the lower cluster.
std::size_t best_cut(const std::vector<double>& sorted) {
    const double sum = std::accumulate(sorted.begin(), sorted.end(), 0.0);
    const auto count = static_cast<double>(sorted.size());
    double below = 0;
    double best = -1;
    std::size_t cut = 0;
    for (std::size_t place = 0; place + 1 < sorted.size(); ++place) {
        below += sorted[place];
        const auto lower = static_cast<double>(place + 1);
        const double gap = (sum - below) / (count - lower) - below / lower;
        const double between = lower * (count - lower) * gap * gap;
        if (between > best) {
            best = between;
            cut = place + 1;
        }
    }
    return cut;
}

}  // namespace

double median(std::vector<double> numbers) {
    if (numbers.empty()) {
        return 0;
    }
    const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
    std::nth_element(numbers.begin(), middle, numbers.end());
    const double upper = *middle;
    return numbers.size() % 2 == 1 ? upper : (upper + *std::max_element(numbers.begin(), middle)) / 2;
}

Spread spread_of(const std::vector<double>& numbers) {
    const double middle = median(numbers);
    return {middle, deviation_of_median * median(distances(numbers, middle))};
}

std::vector<Distant> distant(const std::vector<double>& numbers, double limit, bool above_only) {
    const Spread spread = spread_of(numbers);
    std::vector<Distant> found;
    for (std::size_t sample = 0; sample < numbers.size(); ++sample) {
        const double distance = spread.distance(numbers[sample]);
        if (distance > limit || (!above_only && distance < -limit)) {
            found.push_back({sample, distance});
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const Distant& one, const Distant& other) {
        return std::abs(one.distance) > std::abs(other.distance);
    });
    return found;
}

std::optional<TwoClusters> two_clusters(const std::vector<double>& numbers) {
    constexpr std::size_t fewest = 4;
    std::vector<double> sorted = numbers;
    std::sort(sorted.begin(), sorted.end());
    if (numbers.size() < fewest || sorted.front() == sorted.back()) {
        return std::nullopt;
    }
    const auto cut = static_cast<std::ptrdiff_t>(best_cut(sorted));
    const double border = sorted[static_cast<std::size_t>(cut)];
    const std::vector<double> lower(sorted.begin(), sorted.begin() + cut);
    const std::vector<double> upper(sorted.begin() + cut, sorted.end());
    const bool lower_is_smaller = lower.size() <= upper.size();
    TwoClusters clusters;
    const double step = median(upper) - median(lower);
    clusters.gap = lower_is_smaller ? -step : step;
    std::vector<double> within = distances(lower, median(lower));
    const std::vector<double> rest = distances(upper, median(upper));
    within.insert(within.end(), rest.begin(), rest.end());
    const double deviation = deviation_of_median * median(within);
    clusters.sharpness = deviation > 0 ? step / deviation : INFINITY;
    for (std::size_t place = 0; place < numbers.size(); ++place) {
        if ((numbers[place] < border) == lower_is_smaller) {
            clusters.smaller.push_back(place);
        }
    }
    return clusters;
}

}  // namespace graft::audit
