// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a page says of the data of a run.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "insight/point_drawing.hpp"
#include "insight/sections.hpp"
#include "report/formatting.hpp"

namespace graft::insight {
namespace {

using core::Json;

void add_classes(Document& document, const RunLeft& run) {
    int number = 0;
    for (const Json& target : report::inner(run.record, "data").value("classes", Json::array())) {
        DataTable table{fmt::format("classes-{}", ++number),
                        "Samples of each class of " + report::text(target, "target"),
                        {"class", "training", "validation"},
                        {},
                        {1, 2},
                        100};
        for (const Json& each : target.value("classes", Json::array())) {
            table.rows.push_back(
                {report::text(each, "name"), whole_text(each, "train"), whole_text(each, "val")});
        }
        document.add(table);
    }
}

/// A bar is as high from its beginning to the next one's; the last point ends it.
Series bars_of(const Json& counts, const std::string& label, double first, double width) {
    Series bars{label, {}};
    bars.bars = true;
    for (std::size_t bin = 0; bin < counts.size(); ++bin) {
        bars.points.emplace_back(first + width * static_cast<double>(bin), counts[bin].get<double>());
    }
    bars.points.emplace_back(first + width * static_cast<double>(counts.size()), 0);
    return bars;
}

void add_numbers(Document& document, const Json& data) {
    int number = 0;
    for (const Json& each : data.value("numbers", Json::array())) {
        const double first = report::number(each, "first");
        const double width = report::number(each, "width");
        const std::string target = report::text(each, "target");
        const std::string unit = report::text(each, "unit");
        Chart chart{fmt::format("histogram-{}", ++number),
                    "How many samples have which " + target,
                    "",
                    target + (unit.empty() ? "" : " (" + unit + ")"),
                    "samples",
                    {}};
        for (const auto& [key, label] : {std::pair{"train", "training"}, {"val", "validation"}}) {
            const Json counts = each.value(key, Json::array());
            const auto most = std::max_element(counts.begin(), counts.end());
            if (most != counts.end() && *most > 0) {
                const double from = first + width * static_cast<double>(most - counts.begin());
                chart.says += fmt::format("{}{}: most samples from {:.4g} to {:.4g}",
                                          chart.says.empty() ? "" : "; ", label, from, from + width);
                chart.series.push_back(bars_of(counts, label, first, width));
            }
        }
        document.add(chart);
    }
}

void add_points(Document& document, const Json& data) {
    int number = 0;
    for (const Json& each : data.value("points", Json::array())) {
        const std::string target = report::text(each, "target");
        const std::vector<PlacedPoint> points = placed_points(each);
        if (points.empty()) {
            continue;
        }
        document.html("<h3>Mean places of " + escaped(target) + "</h3>\n" +
                      drawing_of_spread(points, frame_of(data), target));
        document.paragraph(
            fmt::format("Crosses: means of {} training pictures, in parts of width and height; "
                        "ellipses: one standard deviation.",
                        whole_text(each, "pictures")));
        DataTable table{fmt::format("points-{}", ++number),
                        "Mean places of " + target + ", in percent of width and height",
                        {"point", "x", "y", "spread of x", "spread of y"},
                        {},
                        {1, 2, 3, 4},
                        20};
        for (const PlacedPoint& point : points) {
            const auto percent = [](double part) { return fmt::format("{:.1f}", 100 * part); };
            table.rows.push_back({point.name, percent(point.x), percent(point.y),
                                  percent(std::sqrt(point.variance_x)),
                                  percent(std::sqrt(point.variance_y))});
        }
        document.add(table);
    }
}

void add_sizes(Document& document, const Json& data) {
    DataTable table{"sizes", "Sizes of pictures", {"width × height", "pictures", "share"}, {}, {1, 2}, 12};
    double all = 0;
    const Json sizes = data.value("sizes", Json::array());
    for (const Json& size : sizes) {
        all += report::number(size, "pictures");
    }
    for (const Json& size : sizes) {
        table.rows.push_back(
            {fmt::format("{:.0f} × {:.0f}", report::number(size, "width"), report::number(size, "height")),
             whole_text(size, "pictures"),
             fmt::format("{:.1f} %", 100 * report::number(size, "pictures") / all)});
    }
    if (!table.rows.empty()) {
        table.caption = fmt::format("Sizes of pictures, of {:.0f} that were looked at", all);
        document.add(table);
    }
}

}  // namespace

void add_data(Document& document, const RunLeft& run, const Illustration& illustration) {
    document.section("data", "Data");
    add_classes(document, run);
    add_numbers(document, illustration.data);
    add_points(document, illustration.data);
    add_sizes(document, illustration.data);
    DataTable skipped{"left-out", "Files that could not be used", {"file", "reason"}, {}, {}, 200};
    for (const Json& each : run.record.value("skipped", Json::array())) {
        skipped.rows.push_back({report::text(each, "file"), report::text(each, "reason")});
    }
    if (skipped.rows.empty()) {
        document.paragraph("No file was left out.");
    } else {
        document.add(skipped);
    }
}

}  // namespace graft::insight
