// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Answers set beside others, or beside the data.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "insight/point_drawing.hpp"
#include "insight/sections.hpp"
#include "report/formatting.hpp"

namespace graft::insight {
namespace {

/// What is known of the samples of a group.
struct Group {
    std::int64_t samples = 0;
    std::int64_t judged = 0;
    double right = 0;
    double error = 0;
    std::vector<std::int64_t> classes;
};

/// 1, 2 or 5 times a power of ten, for about ten groups.
double group_width(double range) {
    const double wanted = std::max(range, 1e-9) / 12;
    const double power = std::pow(10, std::floor(std::log10(wanted)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= wanted) {
            return factor * power;
        }
    }
    return 10 * power;
}

std::map<std::int64_t, Group> groups_of(const Answered& number, const Answered& category, double width) {
    std::map<std::int64_t, Group> groups;
    for (std::size_t sample = 0; sample < number.error.size(); ++sample) {
        const double truth = number.true_values[sample][0];
        if (!std::isfinite(truth)) {
            continue;
        }
        Group& group = groups[static_cast<std::int64_t>(std::floor(truth / width))];
        group.classes.resize(category.answer.classes.size());
        ++group.samples;
        group.error += number.mistake(sample);
        if (category.truth[sample] >= 0) {
            ++group.judged;
            group.right += category.mistake(sample) > 0 ? 0 : 1;
            ++group.classes[static_cast<std::size_t>(category.truth[sample])];
        }
    }
    return groups;
}

double range_of(const Answered& number) {
    double low = INFINITY;
    double high = -INFINITY;
    for (const Numbers& truth : number.true_values) {
        if (std::isfinite(truth[0])) {
            low = std::min(low, truth[0]);
            high = std::max(high, truth[0]);
        }
    }
    return high >= low ? high - low : 0;
}

void add_pair(Document& document, const std::string& id, const Answered& number, const Answered& category) {
    const double width = group_width(range_of(number));
    const std::string unit = number.answer.unit.empty() ? "" : " (" + number.answer.unit + ")";
    DataTable table{
        id,
        category.answer.name + " by groups of " + number.answer.name,
        {number.answer.name + unit, "samples", "right: " + category.answer.name, "mean error" + unit},
        {},
        {1, 2, 3}};
    for (const std::string& name : category.answer.classes) {
        table.numbers.insert(table.columns.size());
        table.columns.push_back("truth " + name);
    }
    Series right{"right: " + category.answer.name, {}};
    for (const auto& [place, group] : groups_of(number, category, width)) {
        const double first = width * static_cast<double>(place);
        const double share = group.judged > 0 ? group.right / static_cast<double>(group.judged) : unknown;
        table.rows.push_back({fmt::format("{:.4g} to {:.4g}", first, first + width),
                              report::grouped(group.samples),
                              std::isnan(share) ? "-" : fmt::format("{:.1f} %", 100 * share),
                              fmt::format("{:.3g}", group.error / static_cast<double>(group.samples))});
        for (const std::int64_t samples : group.classes) {
            table.rows.back().push_back(report::grouped(samples));
        }
        right.points.emplace_back(first + width / 2, share);
    }
    if (table.rows.empty()) {
        return;
    }
    document.section(id, table.caption);
    if (right.points.size() > 1) {
        document.add(Chart{id + "-right",
                           "Share of right answers",
                           "the table below has the numbers",
                           number.answer.name + unit,
                           "share",
                           {right}});
    }
    document.add(table);
}

}  // namespace

void add_groups(Document& document, const RunLeft& run) {
    constexpr std::size_t most_classes = 12;
    int pair = 0;
    for (std::size_t number = 0; run.predictions && number < run.predictions->answered.size(); ++number) {
        for (const Answered& category : run.predictions->answered) {
            if (run.predictions->answered[number].answer.kind == "scalar" &&
                category.answer.kind == "category" && category.answer.classes.size() <= most_classes) {
                add_pair(document, fmt::format("groups-{}", ++pair), run.predictions->answered[number],
                         category);
            }
        }
    }
}

void add_point_errors(Document& document, const std::string& id, const Answered& answered,
                      const core::Json& data) {
    const std::vector<std::string>& names = answered.answer.points;
    std::vector<double> means;
    DataTable table{
        id + "-points", "Error of each point", {"point", "mean error (pixels)", "samples"}, {}, {1, 2}};
    for (std::size_t point = 0; point < names.size(); ++point) {
        double sum = 0;
        std::int64_t samples = 0;
        for (std::size_t sample = 0; sample < answered.true_values.size(); ++sample) {
            const Numbers& truth = answered.true_values[sample];
            const Numbers& predicted = answered.predicted_values[sample];
            if (std::isfinite(truth[2 * point]) && std::isfinite(predicted[2 * point])) {
                sum += std::hypot(predicted[2 * point] - truth[2 * point],
                                  predicted[2 * point + 1] - truth[2 * point + 1]);
                ++samples;
            }
        }
        means.push_back(samples > 0 ? sum / static_cast<double>(samples) : unknown);
        table.rows.push_back({names[point], samples > 0 ? fmt::format("{:.3g}", means.back()) : "-",
                              report::grouped(samples)});
    }
    for (const core::Json& entry : data.value("points", core::Json::array())) {
        const std::vector<PlacedPoint> points = placed_points(entry);
        if (points.size() == names.size()) {
            document.heading("Error of each point, where the points are on average");
            document.html(drawing_of_errors(points, means, frame_of(data), "Errors of points"));
            document.paragraph("The radius is the mean error, in a picture of mean size.");
            break;
        }
    }
    document.data_only(table);
}

}  // namespace graft::insight
