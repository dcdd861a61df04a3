// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "conformance/splits.hpp"

#include <cmath>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "conformance/case.hpp"
#include "conformance/require.hpp"
#include "core/random.hpp"

namespace graft::conformance {
namespace {

using Metrics = std::vector<plugin::MetricHandle>;

std::vector<Column> rows_of(const std::vector<Column>& columns, const std::vector<std::int64_t>& rows) {
    const at::Tensor index = at::tensor(rows, at::kLong);
    std::vector<Column> chosen;
    chosen.reserve(columns.size());
    for (const Column& column : columns) {
        chosen.push_back({column.values.index_select(0, index),
                          column.present.defined() ? column.present.index_select(0, index) : at::Tensor()});
    }
    return chosen;
}

void require_same_scores(const plugin::MetricHandle& got, const plugin::MetricHandle& wanted,
                         const std::string& how) {
    const auto left = got.compute().scores;
    const auto right = wanted.compute().scores;
    require(left.size() == right.size(), how + " has another number of scores");
    for (std::size_t index = 0; index < left.size(); ++index) {
        const double one = left[index].value;
        const double other = right[index].value;
        const bool same = (std::isnan(one) && std::isnan(other)) ||
                          std::abs(one - other) <= 1e-9 * std::max(1.0, std::abs(other));
        require(same, fmt::format("{} {} is {}, over all samples at once it is {}", left[index].name, how,
                                  one, other));
    }
}

}  // namespace

void require_splits_agree(const std::function<std::vector<plugin::MetricHandle>()>& make,
                          const std::vector<Column>& predictions, const std::vector<Column>& targets) {
    const Metrics whole = make();
    if (whole.empty()) {
        return;
    }
    const std::int64_t samples =
        predictions.empty() ? targets.front().values.size(0) : predictions.front().values.size(0);
    for (const plugin::MetricHandle& metric : whole) {
        metric.update(predictions, targets);
        require(!metric.compute().scores.empty(), "a metric has no score");
    }
    constexpr std::size_t parts = 4;
    for (std::uint64_t round = 0; round < 6; ++round) {
        core::RandomStream random(round, 0, "splits");
        std::vector<std::vector<std::int64_t>> rows(parts);
        for (const std::int64_t sample : core::permutation(samples, round, 0, "samples")) {
            rows[static_cast<std::size_t>(random.uniform() * parts) % parts].push_back(sample);
        }
        const Metrics merged = make();
        for (const std::int64_t part : core::permutation(parts, round, 1, "parts")) {
            const Metrics seen = make();
            const auto& chosen = rows[static_cast<std::size_t>(part)];
            for (std::size_t index = 0; index < seen.size(); ++index) {
                if (!chosen.empty()) {
                    seen[index].update(rows_of(predictions, chosen), rows_of(targets, chosen));
                }
                merged[index].merge(seen[index].state());
            }
        }
        for (std::size_t index = 0; index < merged.size(); ++index) {
            require_same_scores(merged[index], whole[index],
                                fmt::format("of parts, merged (split {})", round));
        }
    }
}

}  // namespace graft::conformance
