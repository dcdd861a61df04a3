// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "insight/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "core/problem.hpp"
#include "insight/samples.hpp"
#include "pipeline/node.hpp"
#include "report/formatting.hpp"

namespace graft::insight {
namespace {

using core::Json;
using pipeline::Node;

/// A pipeline as lines: "train.phases.1.epochs" -> "5". Lists of plain values stay in one line.
void flatten(const Node& node, const std::string& path, std::map<std::string, std::string>& values) {
    const auto below = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
    if (node.is_map()) {
        for (const auto& [key, value] : node.entries) {
            flatten(value, below(key), values);
        }
        return;
    }
    const bool is_plain = std::all_of(node.items.begin(), node.items.end(),
                                      [](const Node& item) { return !item.is_map() && !item.is_list(); });
    if (node.is_list() && !is_plain) {
        for (std::size_t index = 0; index < node.items.size(); ++index) {
            flatten(node.items[index], below(std::to_string(index + 1)), values);
        }
        return;
    }
    std::string text = node.scalar;
    if (node.is_list()) {
        std::string items;
        for (const Node& item : node.items) {
            items += (items.empty() ? "" : ", ") + item.scalar;
        }
        text = "[" + items + "]";
    }
    values[path] = text;
}

std::map<std::string, std::string> values_of(const RunLeft& run) {
    std::map<std::string, std::string> values;
    try {
        flatten(pipeline::parse_document(run.pipeline, run.folder + "/pipeline.yaml"), "", values);
    } catch (const core::Failure&) {
        values["(the pipeline of this run cannot be read)"] = "yes";
    }
    return values;
}

const Answered* answered_by(const RunLeft& run, const std::string& answer) {
    if (run.predictions) {
        for (const Answered& answered : run.predictions->answered) {
            if (answered.answer.name == answer && answered.answer.kind == "category") {
                return &answered;
            }
        }
    }
    return nullptr;
}

SidesChanged compare(const RunLeft& first, const Answered& of_first, const RunLeft& other,
                     const Answered& of_other, std::size_t number) {
    std::map<std::string, std::size_t> places;
    for (std::size_t sample = 0; sample < other.predictions->ids.size(); ++sample) {
        places.emplace(other.predictions->ids[sample], sample);
    }
    SidesChanged changed;
    changed.answer = of_first.answer.name;
    changed.other = number;
    for (std::size_t sample = 0; sample < first.predictions->ids.size(); ++sample) {
        const auto found = places.find(first.predictions->ids[sample]);
        if (found == places.end()) {
            continue;
        }
        const double before = of_first.mistake(sample);
        const double after = of_other.mistake(found->second);
        if (std::isnan(before) || std::isnan(after)) {
            continue;
        }
        ++changed.samples;
        if (before != after) {
            (before > after ? changed.mended : changed.spoiled)
                .push_back({found->first, {words_of(of_first, sample), words_of(of_other, found->second)}});
        }
    }
    return changed;
}

Json ids_of(const std::vector<Changed>& samples) {
    Json ids = Json::array();
    for (const Changed& sample : samples) {
        ids.push_back(sample.id);
    }
    return ids;
}

std::vector<std::string> header(const std::vector<RunLeft>& runs, const std::string& first) {
    std::vector<std::string> names = {first};
    for (const RunLeft& run : runs) {
        names.push_back(run.name);
    }
    return names;
}

/// Columns of the runs.
std::set<std::size_t> run_columns(const std::vector<RunLeft>& runs) {
    std::set<std::size_t> columns;
    for (std::size_t run = 1; run <= runs.size(); ++run) {
        columns.insert(run);
    }
    return columns;
}

}  // namespace

std::vector<Difference> pipeline_differences(const std::vector<RunLeft>& runs) {
    std::map<std::string, std::vector<std::string>> all;
    for (std::size_t run = 0; run < runs.size(); ++run) {
        for (const auto& [key, value] : values_of(runs[run])) {
            auto& values = all[key];
            values.resize(runs.size());
            values[run] = value;
        }
    }
    std::vector<Difference> differences;
    for (const auto& [key, values] : all) {
        if (std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) != values.end()) {
            differences.push_back({key, values});
        }
    }
    return differences;
}

std::vector<SidesChanged> sides_changed(const std::vector<RunLeft>& runs) {
    std::vector<SidesChanged> all;
    const RunLeft& first = runs.front();
    for (std::size_t other = 1; first.predictions && other < runs.size(); ++other) {
        for (const Answered& answered : first.predictions->answered) {
            const Answered* of_other = answered_by(runs[other], answered.answer.name);
            if (answered.answer.kind == "category" && of_other != nullptr) {
                all.push_back(compare(first, answered, runs[other], *of_other, other));
            }
        }
    }
    return all;
}

DataTable comparison_table(const std::vector<RunLeft>& runs) {
    DataTable table{"comparison", "Runs beside each other", header(runs, "run"), {}, run_columns(runs)};
    const auto row = [&](const std::string& name, const auto& value) {
        table.rows.push_back({name});
        for (const RunLeft& run : runs) {
            table.rows.back().push_back(value(run));
        }
    };
    row("state", [](const RunLeft& run) { return run.status; });
    row("best epoch", [](const RunLeft& run) {
        return run.best_epoch() > 0 ? fmt::format("{} of {}", run.best_epoch(), run.epochs.size()) : "-";
    });
    row("time", [](const RunLeft& run) { return report::duration(report::number(run.record, "seconds")); });
    row("trainable parameters", [](const RunLeft& run) {
        const Json count = report::inner(run.record, "parameters").value("trainable", Json());
        return count.is_number_integer() ? report::grouped(count.get<std::int64_t>()) : "-";
    });
    std::vector<std::string> scores;
    for (const RunLeft& run : runs) {
        const Json of_run = run.best_scores();
        for (const auto& [key, value] : of_run.items()) {
            if (std::find(scores.begin(), scores.end(), key) == scores.end()) {
                scores.push_back(key);
            }
        }
    }
    for (const std::string& key : scores) {
        row(key, [&](const RunLeft& run) {
            return report::measure(run.best_scores().value(key, Json()), run.unit(key));
        });
    }
    return table;
}

DataTable difference_table(const std::vector<RunLeft>& runs) {
    DataTable table{"pipeline-differences", "What differs in the pipelines", header(runs, "key"), {}};
    for (const Difference& difference : pipeline_differences(runs)) {
        table.rows.push_back({difference.key});
        for (const std::string& value : difference.values) {
            table.rows.back().push_back(value.empty() ? "-" : value);
        }
    }
    return table;
}

Json comparison_json(const std::vector<RunLeft>& runs) {
    Json list = Json::array();
    for (const RunLeft& run : runs) {
        list.push_back({{"name", run.name},
                        {"folder", run.folder},
                        {"status", run.status},
                        {"best_epoch", run.best_epoch()},
                        {"seconds", run.record.value("seconds", Json())},
                        {"scores", run.best_scores()}});
    }
    Json differences = Json::array();
    for (const Difference& difference : pipeline_differences(runs)) {
        differences.push_back({{"key", difference.key}, {"values", difference.values}});
    }
    Json changed = Json::array();
    for (const SidesChanged& each : sides_changed(runs)) {
        changed.push_back({{"answer", each.answer},
                           {"runs", {runs.front().name, runs[each.other].name}},
                           {"samples", each.samples},
                           {"mended", ids_of(each.mended)},
                           {"spoiled", ids_of(each.spoiled)}});
    }
    return {{"runs", list}, {"pipeline", differences}, {"changed", changed}};
}

}  // namespace graft::insight
