// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "graft/metric.hpp"

namespace graft::test {

/// The one default metric of a target.
inline std::unique_ptr<Metric> metric_of(const TargetSchema& schema) {
    return std::move(default_metrics(schema).at(0));
}

inline std::map<std::string, double> scores(const Metric& metric) {
    std::map<std::string, double> values;
    for (const auto& score : metric.compute().scores) {
        values[score.name] = score.value;
    }
    return values;
}

/// Adds a batch to a metric of one target.
inline void update(Metric& metric, const at::Tensor& prediction, const Column& target) {
    metric.update({{prediction, {}}}, {target});
}

inline nlohmann::json golden_of(const std::string& name) {
    std::ifstream file(std::filesystem::path(GRAFT_TEST_SOURCE) / "tests/sdk/goldens" / name);
    return nlohmann::json::parse(file);
}

}  // namespace graft::test
