// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "data_survey.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "picture_size.hpp"

namespace graft::engine {
namespace {

using core::Json;

std::vector<double> numbers_of(const data::Subset& samples, std::size_t target) {
    std::vector<double> numbers;
    for_samples(samples, samples.indices.size(), [&](std::int64_t sample) {
        const std::vector<TargetValue> values = samples.dataset.targets(sample);
        const auto* number = std::get_if<double>(&values.at(target));
        if (number != nullptr && std::isfinite(*number)) {
            numbers.push_back(*number);
        }
    });
    return numbers;
}

/// 1, 2 or 5 times a power of ten, so that about twenty cover the range.
double bin_width(double range) {
    const double wanted = std::max(range, 1e-9) / 20;
    const double power = std::pow(10, std::floor(std::log10(wanted)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= wanted) {
            return factor * power;
        }
    }
    return 10 * power;
}

/// {"target","unit","first","width","train":[..],"val":[..]}: samples a bin; null without any.
Json histogram(const data::Splits& splits, const TargetSchema& schema, std::size_t target) {
    const std::vector<double> train = numbers_of(splits.train, target);
    const std::vector<double> val = numbers_of(splits.val, target);
    std::vector<double> all = train;
    all.insert(all.end(), val.begin(), val.end());
    if (all.empty()) {
        return {};
    }
    const auto [least, most] = std::minmax_element(all.begin(), all.end());
    const double width = bin_width(*most - *least);
    const double first = std::floor(*least / width) * width;
    const auto bins = static_cast<std::size_t>((*most - first) / width) + 1;
    const auto counts = [&](const std::vector<double>& numbers) {
        std::vector<std::int64_t> count(bins, 0);
        for (const double number : numbers) {
            ++count[std::min(bins - 1, static_cast<std::size_t>((number - first) / width))];
        }
        return count;
    };
    return {{"target", schema.name}, {"unit", schema.unit},    {"first", first},
            {"width", width},        {"train", counts(train)}, {"val", counts(val)}};
}

/// Sums of places in parts of width and height.
struct Spread {
    double count = 0;
    double x = 0;
    double y = 0;
    double xx = 0;
    double yy = 0;
    double xy = 0;

    void add(double across, double down) {
        ++count;
        x += across;
        y += down;
        xx += across * across;
        yy += down * down;
        xy += across * down;
    }

    /// [mean x, mean y, variance of x, of y, covariance]; null where nobody knows one.
    Json json() const {
        if (count == 0) {
            return {};
        }
        const double across = x / count;
        const double down = y / count;
        return {across, down, std::max(0.0, xx / count - across * across),
                std::max(0.0, yy / count - down * down), xy / count - across * down};
    }
};

/// {"target","names","pictures","spread":[..]}, of training pictures whose size can be read.
Json points_of(const data::Splits& splits, const TargetSchema& schema, std::size_t target) {
    std::vector<Spread> spreads(static_cast<std::size_t>(schema.point_count));
    std::int64_t pictures = 0;
    for_samples(splits.train, most_headers, [&](std::int64_t sample) {
        const std::vector<TargetValue> values = splits.train.dataset.targets(sample);
        const auto* points = std::get_if<Points>(&values.at(target));
        const auto [width, height] =
            points != nullptr ? size_of(splits.train.dataset.image(sample)) : PictureSize();
        if (width <= 0 || height <= 0) {
            return;
        }
        ++pictures;
        for (std::size_t point = 0; point < std::min(spreads.size(), points->size()); ++point) {
            if ((*points)[point]) {
                spreads[point].add((*points)[point]->x / width, (*points)[point]->y / height);
            }
        }
    });
    Json spread = Json::array();
    for (const Spread& each : spreads) {
        spread.push_back(each.json());
    }
    return {
        {"target", schema.name}, {"names", schema.point_names}, {"pictures", pictures}, {"spread", spread}};
}

/// [{"width","height","pictures"}], the most frequent first, of at most so many pictures of both splits.
Json sizes_of(const data::Splits& splits) {
    std::map<PictureSize, std::int64_t> counts;
    for (const data::Subset* samples : {&splits.train, &splits.val}) {
        for_samples(*samples, most_headers / 2, [&](std::int64_t sample) {
            const PictureSize size = size_of(samples->dataset.image(sample));
            if (size.first > 0 && size.second > 0) {
                ++counts[size];
            }
        });
    }
    std::vector<std::pair<PictureSize, std::int64_t>> sorted(counts.begin(), counts.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& left, const auto& right) { return left.second > right.second; });
    Json sizes = Json::array();
    for (const auto& [size, pictures] : sorted) {
        sizes.push_back({{"width", size.first}, {"height", size.second}, {"pictures", pictures}});
    }
    return sizes;
}

}  // namespace

Json survey_data(const data::Splits& splits, const std::vector<TargetSchema>& schema,
                 const std::vector<std::size_t>& targets) {
    Json survey = {{"numbers", Json::array()}, {"points", Json::array()}, {"sizes", sizes_of(splits)}};
    for (const std::size_t target : targets) {
        if (schema.at(target).kind == TargetKind::scalar) {
            if (Json bins = histogram(splits, schema[target], target); !bins.is_null()) {
                survey["numbers"].push_back(std::move(bins));
            }
        } else if (schema[target].kind == TargetKind::points) {
            survey["points"].push_back(points_of(splits, schema[target], target));
        }
    }
    return survey;
}

}  // namespace graft::engine
