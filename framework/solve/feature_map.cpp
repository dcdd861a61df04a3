// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "solve/feature_map.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

namespace graft::solve {
namespace {

/// The indices of the `count` smallest numbers of a row but its own, the smallest first.
std::vector<std::int64_t> nearest_of_row(const float* row, std::int64_t own, std::int64_t samples,
                                         std::int64_t count) {
    std::vector<std::int64_t> others(static_cast<std::size_t>(samples));
    std::iota(others.begin(), others.end(), 0);
    others.erase(others.begin() + own);
    const auto is_nearer = [row](std::int64_t left, std::int64_t right) {
        return std::pair(row[left], left) < std::pair(row[right], right);
    };
    std::partial_sort(others.begin(), others.begin() + count, others.end(), is_nearer);
    others.resize(static_cast<std::size_t>(count));
    return others;
}

}  // namespace

at::Tensor squared_distances(const at::Tensor& features) {
    const at::Tensor numbers = features.to(at::kCPU, at::kFloat);
    const at::Tensor centred = (numbers - numbers.mean(0, true)).contiguous();  // less is lost to rounding
    const at::Tensor squares = centred.square().sum(1);
    at::Tensor distances = at::mm(centred, centred.t()).mul_(-2);
    return distances.add_(squares.unsqueeze(0)).add_(squares.unsqueeze(1)).clamp_(0);
}

Principal principal_components(const at::Tensor& features) {
    const at::Tensor numbers = features.to(at::kCPU, at::kDouble);
    const at::Tensor centred = numbers - numbers.mean(0, true);
    const bool by_samples = centred.size(0) < centred.size(1);
    const at::Tensor products = by_samples ? centred.mm(centred.t()) : centred.t().mm(centred);
    const auto [values, vectors] = at::linalg_eigh(products);  // the largest last
    const double all = std::max(values.clamp(0).sum().item<double>(), 1e-300);
    Principal principal{at::zeros({centred.size(0), 2}, at::kDouble)};
    for (std::int64_t direction = 0; direction < std::min<std::int64_t>(2, values.size(0)); ++direction) {
        const std::int64_t place = values.size(0) - 1 - direction;
        const double value = std::max(0.0, values[place].item<double>());
        const at::Tensor vector = vectors.select(1, place);
        at::Tensor column = by_samples ? vector * std::sqrt(value) : centred.mv(vector);
        if (column[column.abs().argmax()].item<double>() < 0) {
            column = -column;
        }
        principal.places.select(1, direction).copy_(column);
        principal.shares[direction] = value / all;
    }
    return principal;
}

at::Tensor nearest_others(const at::Tensor& distances, std::int64_t count) {
    const std::int64_t samples = distances.size(0);
    count = std::min(count, samples - 1);
    at::Tensor nearest = at::empty({samples, count}, at::kLong);
    const float* all = distances.const_data_ptr<float>();
    auto* to = nearest.mutable_data_ptr<std::int64_t>();
    at::parallel_for(0, samples, 16, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t sample = begin; sample < end; ++sample) {
            const auto found = nearest_of_row(all + sample * samples, sample, samples, count);
            std::copy(found.begin(), found.end(), to + sample * count);
        }
    });
    return nearest;
}

double trustworthiness(const at::Tensor& distances, const at::Tensor& places, std::int64_t count) {
    const std::int64_t samples = distances.size(0);
    const at::Tensor on_map = nearest_others(squared_distances(places), count);
    const float* all = distances.const_data_ptr<float>();
    const auto* neighbours = on_map.const_data_ptr<std::int64_t>();
    at::Tensor excess = at::zeros({samples}, at::kLong);
    auto* to = excess.mutable_data_ptr<std::int64_t>();
    at::parallel_for(0, samples, 16, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t sample = begin; sample < end; ++sample) {
            const float* row = all + sample * samples;
            for (std::int64_t number = 0; number < count; ++number) {
                const std::int64_t neighbour = neighbours[sample * count + number];
                std::int64_t rank = 1;  // among the others, in truth
                for (std::int64_t other = 0; other < samples; ++other) {
                    rank += static_cast<std::int64_t>(
                        other != sample &&
                        (row[other] < row[neighbour] || (row[other] == row[neighbour] && other < neighbour)));
                }
                to[sample] += std::max<std::int64_t>(0, rank - count);
            }
        }
    });
    const auto n = static_cast<double>(samples);
    const auto k = static_cast<double>(count);
    return 1 - excess.sum().item<double>() * 2 / (n * k * (2 * n - 3 * k - 1));
}

}  // namespace graft::solve
