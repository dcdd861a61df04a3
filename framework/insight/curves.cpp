// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "insight/sections.hpp"
#include "report/formatting.hpp"
#include "report/terminal.hpp"

namespace graft::insight {
namespace {

using core::Json;

constexpr std::size_t most_series = 12;

/// The charts that scores share: those of one owner and one unit, "species/recall/ants" beside "../bees".
struct CurveGroup {
    std::string title;
    std::string unit;
    std::vector<std::pair<std::string, std::string>> scores;  ///< key, and its name in the chart

    bool operator==(const CurveGroup& other) const { return title == other.title && unit == other.unit; }
};

std::vector<CurveGroup> groups_of(const std::vector<RunLeft>& runs) {
    std::vector<CurveGroup> groups;
    for (const RunLeft& run : runs) {
        const Json scores = run.epochs.empty() ? Json::object() : report::inner(run.epochs.front(), "val");
        for (const auto& [key, value] : scores.items()) {
            const std::size_t slash = key.rfind('/');
            if (key == "loss") {
                continue;
            }
            const std::string owner = slash == std::string::npos ? "" : key.substr(0, slash);
            CurveGroup group{owner, run.unit(key), {}};
            auto found = std::find(groups.begin(), groups.end(), group);
            if (found == groups.end()) {
                found = groups.insert(groups.end(), group);
            }
            const std::pair score{key, slash == std::string::npos ? key : key.substr(slash + 1)};
            if (std::find(found->scores.begin(), found->scores.end(), score) == found->scores.end()) {
                found->scores.push_back(score);
            }
        }
    }
    return groups;
}

Series series_of(const RunLeft& run, const char* part, const std::string& key, const std::string& label) {
    Series series{label, {}};
    for (const Json& epoch : run.epochs) {
        const Json scores = report::inner(epoch, part);
        if (scores.contains(key)) {
            series.points.emplace_back(report::number(epoch, "epoch"), report::number(scores, key.c_str()));
        }
    }
    return series;
}

void add_series(Chart& chart, Series series) {
    if (!series.points.empty() && chart.series.size() < most_series) {
        chart.series.push_back(std::move(series));
    }
}

/// Where phases begin, and the best epoch.
std::vector<std::pair<double, std::string>> marks_of(const RunLeft& run) {
    std::vector<std::pair<double, std::string>> marks;
    double phase = 1;
    for (const Json& epoch : run.epochs) {
        const double now = report::number(epoch, "phase");
        if (now != phase && std::isfinite(now)) {
            marks.emplace_back(report::number(epoch, "epoch") - 0.5, fmt::format("phase {:.0f}", now));
            phase = now;
        }
    }
    if (run.best_epoch() > 0) {
        marks.emplace_back(static_cast<double>(run.best_epoch()), "best");
    }
    return marks;
}

/// "from 1.2 (epoch 1) to 0.3 (epoch 10)".
std::string words_of(const Chart& chart) {
    std::string words;
    for (const Series& series : chart.series) {
        words +=
            fmt::format("{}{} from {:.4g} in epoch {:.0f} to {:.4g} in epoch {:.0f}",
                        words.empty() ? "" : "; ", series.label, series.points.front().second,
                        series.points.front().first, series.points.back().second, series.points.back().first);
    }
    return words;
}

void finish(Document& document, Chart chart, const std::vector<RunLeft>& runs) {
    if (chart.series.empty()) {
        return;
    }
    chart.over_epochs = true;
    chart.x = "epoch";
    chart.says = words_of(chart);
    if (runs.size() == 1) {
        chart.marks = marks_of(runs.front());
    }
    document.add(chart);
}

std::string labelled(const std::vector<RunLeft>& runs, const RunLeft& run, const std::string& label) {
    return runs.size() == 1 ? label : run.name + (label.empty() ? "" : ": " + label);
}

void add_loss(Document& document, const std::vector<RunLeft>& runs) {
    Chart chart{"loss", "Loss", "", "", "loss", {}};
    for (const RunLeft& run : runs) {
        Series train = series_of(run, "train", "loss", labelled(runs, run, "training"));
        train.dashed = runs.size() > 1;
        add_series(chart, std::move(train));
        add_series(chart, series_of(run, "val", "loss", labelled(runs, run, "validation")));
    }
    finish(document, std::move(chart), runs);
}

/// Of the scores that stand for a head or a target: what the training's own batches gave. False: nothing.
bool add_training(Chart& chart, const RunLeft& run, const CurveGroup& group) {
    const std::vector<std::string> main =
        report::main_scores(run.epochs.empty() ? Json::object() : report::inner(run.epochs.front(), "train"));
    const std::size_t before = chart.series.size();
    for (const auto& [key, name] : group.scores) {
        if (std::find(main.begin(), main.end(), key) != main.end()) {
            Series series = series_of(run, "train", key, name + ", training");
            series.dashed = true;
            add_series(chart, std::move(series));
        }
    }
    return chart.series.size() > before;
}

void add_learning_rate(Document& document, const std::vector<RunLeft>& runs) {
    Chart chart{"learning-rate", "Learning rate at the end of each epoch", "", "", "learning rate", {}};
    for (const RunLeft& run : runs) {
        std::map<std::string, bool> parts;
        for (const Json& epoch : run.epochs) {
            const Json rates = report::inner(epoch, "learning_rate");
            for (const auto& [part, rate] : rates.items()) {
                parts[part] = true;
            }
        }
        for (const auto& [part, there] : parts) {
            add_series(chart, series_of(run, "learning_rate", part, labelled(runs, run, part)));
        }
    }
    finish(document, std::move(chart), runs);
}

}  // namespace

void add_curves(Document& document, const std::vector<RunLeft>& runs) {
    document.section("curves", "Curves");
    const auto longest = std::max_element(
        runs.begin(), runs.end(),
        [](const RunLeft& left, const RunLeft& right) { return left.epochs.size() < right.epochs.size(); });
    if (longest->epochs.size() < 2) {
        document.paragraph(longest->epochs.empty()
                               ? "No epoch has ended."
                               : "There was one epoch, so there is nothing to draw a curve of.");
        return;
    }
    document.html(
        "<div class=\"controls screen\" id=\"curve-controls\" hidden>\n<label>Smoothing <input "
        "type=\"range\" "
        "name=\"smoothing\" min=\"0\" max=\"0.95\" step=\"0.05\" value=\"0\"></label>\n<label><input "
        "type=\"checkbox\" name=\"logarithmic\"> Logarithmic scale</label>\n</div>\n<div "
        "class=\"charts\">\n");
    add_loss(document, runs);
    int number = 0;
    for (const CurveGroup& group : groups_of(runs)) {
        Chart chart{fmt::format("scores-{}", ++number),
                    group.title.empty() ? "Scores" : group.title,
                    "",
                    "",
                    group.unit.empty() ? "score" : group.unit,
                    {}};
        if (group.scores.size() == 1) {
            chart.title += (group.title.empty() ? "" : "/") + group.scores[0].second;
        }
        for (const RunLeft& run : runs) {
            for (const auto& [key, name] : group.scores) {
                add_series(chart, series_of(run, "val", key, labelled(runs, run, name)));
            }
        }
        const bool has_training = runs.size() == 1 && add_training(chart, runs.front(), group);
        chart.title += has_training ? " (validation; training dashed)" : " (validation)";
        finish(document, std::move(chart), runs);
    }
    add_learning_rate(document, runs);
    document.html("</div>\n");
}

}  // namespace graft::insight
