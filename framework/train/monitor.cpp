// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "train/monitor.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/names.hpp"
#include "core/problem.hpp"
#include "train/evaluation.hpp"

namespace graft::train {
namespace {

std::vector<Monitor> all_monitors(const model::Model& model) {
    std::vector<Monitor> monitors{{}};
    for (const NamedScore& score : scores_of(make_metrics(model))) {
        monitors.push_back({false, score.name, score.direction});
    }
    monitors.push_back({true, {"", "", "loss"}, Direction::lower_is_better});
    return monitors;
}

}  // namespace

bool Monitor::improves(double value, std::optional<double> over, double change) const {
    if (!over || std::isnan(*over)) {
        return !over || !std::isnan(value);
    }
    return direction == Direction::higher_is_better ? value > *over + change : value < *over - change;
}

bool Patience::exhausted(const Monitor& monitor, const pipeline::EarlyStop& rule, double value) {
    if (monitor.improves(value, best, rule.minimum_change)) {
        best = value;
        waited = 0;
    } else {
        ++waited;
    }
    return rule.patience > 0 && waited >= rule.patience;
}

std::vector<std::string> monitor_names(const model::Model& model) {
    std::vector<std::string> names;
    for (const Monitor& monitor : all_monitors(model)) {
        names.push_back(monitor.text());
    }
    return names;
}

void check_monitor(const model::Model& model, const pipeline::Train& train, core::Problems& problems) {
    const std::vector<std::string> names = monitor_names(model);
    if (std::find(names.begin(), names.end(), train.monitor) == names.end()) {
        const std::string near = core::nearest(train.monitor, names);
        problems.push_back(
            {train.monitor_place,
             fmt::format("train.monitor is '{}', which this pipeline does not measure", train.monitor),
             (near.empty() ? "" : fmt::format("did you mean '{}'? ", near)) +
                 "it measures: " + core::listed(names)});
    }
}

Monitor find_monitor(const model::Model& model, const pipeline::Train& train) {
    for (const Monitor& monitor : all_monitors(model)) {
        if (monitor.text() == train.monitor) {
            return monitor;
        }
    }
    core::Problems problems;
    check_monitor(model, train, problems);
    throw core::Failure(core::Category::pipeline, problems);
}

}  // namespace graft::train
