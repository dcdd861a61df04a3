// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/results.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "core/json_text.hpp"
#include "core/text.hpp"
#include "jobs/job.hpp"
#include "jobs/run_files.hpp"
#include "report/formatting.hpp"
#include "report/terminal.hpp"

namespace graft::report {
namespace {

using core::Json;

std::string unit_of(const Json& units, const std::string& key) {
    return units.is_object() && units.contains(key) && units[key].is_string() ? units[key].get<std::string>()
                                                                              : "";
}

std::string epoch_heading(const char* name, const Json& scores) {
    return scores.contains("epoch") ? fmt::format("{} (epoch {})", name, core::json_text(scores["epoch"]))
                                    : name;
}

/// Metrics of the best and of the last epoch, side by side.
std::string scores_table(const Json& result) {
    const Json best = inner(result, "best");
    const Json last = inner(result, "final");
    const Json best_scores = inner(best, "metrics");
    const Json last_scores = inner(last, "metrics");
    Rows rows = {{"metric", epoch_heading("best", best), epoch_heading("last", last)}};
    for (const std::string& key : main_scores(best_scores.empty() ? last_scores : best_scores)) {
        const std::string unit = unit_of(inner(result, "units"), key);
        rows.push_back({printable(key), measure(best_scores.value(key, Json()), unit),
                        measure(last_scores.value(key, Json()), unit)});
    }
    return rows.size() > 1 ? table(rows, {1, 2}) : "";
}

/// What the best epoch is worth beside the same answer for every picture, a line an answer.
std::string against_constant(const Json& result, const Screen& screen) {
    Rows rows;
    for (const Json& compared : result.value("against_constant", Json::array())) {
        const std::string unit = text(compared, "unit");
        const std::string values = fmt::format("({} {} against {})", text(compared, "measure"),
                                               measure(compared.value("model", Json()), unit),
                                               measure(compared.value("constant", Json()), unit));
        const std::string verdict = compared.value("better", false)
                                        ? "better by " + measure(compared.value("better_by", Json()), unit)
                                        : paint(screen, Paint::yellow, "no better");
        rows.push_back(
            {text(compared, "name") + " against " + text(compared, "constant_is"), verdict, values});
    }
    return rows.empty() ? "" : table(rows);
}

std::string bare(const Json& value) {
    if (value.is_string()) {
        return printable(value.get<std::string>());
    }
    if (value.is_number_integer()) {
        return grouped(value.get<std::int64_t>());
    }
    return value.is_number_float() ? measure(value)
           : value.is_boolean()    ? (value.get<bool>() ? "yes" : "no")
                                   : core::json_text(value);
}

/// {"a": 1, "b": [{..}]} as rows, nested names joined by a point, elements counted from 1; what
/// `graft run --dry-run` tells. Of scores only the main ones.
void flatten(const Json& value, const std::string& name, Rows& rows) {
    const auto below = [&](const std::string& key) { return name.empty() ? key : name + "." + key; };
    if (value.is_object() && (name == "metrics" || name.ends_with(".metrics"))) {
        for (const std::string& key : main_scores(value)) {
            rows.push_back({printable(below(key)), bare(value[key])});
        }
    } else if (value.is_object()) {
        for (const auto& [key, item] : value.items()) {
            flatten(item, below(key), rows);
        }
    } else if (value.is_array() && !value.empty() && value[0].is_object()) {
        for (std::size_t index = 0; index < value.size(); ++index) {
            flatten(value[index], below(std::to_string(index + 1)), rows);
        }
    } else {
        rows.push_back({printable(name), bare(value)});
    }
}

bool is_whole(const Json& value) {
    return value.is_number() && std::abs(value.get<double>()) < 1e15 &&
           value.get<double>() == std::floor(value.get<double>());
}

/// Which columns count something, rather than measure it: those of whole numbers alone, when one of them
/// exceeds 1 (scores may all happen to be 0 or 1) or when the whole table is of whole numbers.
std::vector<bool> counting_columns(const Json& values, std::size_t columns) {
    std::vector<bool> whole(columns, true);
    std::vector<bool> large(columns, false);
    for (const Json& row : values) {
        for (std::size_t column = 0; column < columns && column < row.size(); ++column) {
            whole[column] = whole[column] && is_whole(row[column]);
            large[column] = large[column] || (row[column].is_number() && row[column].get<double>() > 1);
        }
    }
    const bool all_whole = std::find(whole.begin(), whole.end(), false) == whole.end();
    for (std::size_t column = 0; column < columns; ++column) {
        whole[column] = whole[column] && (large[column] || all_whole);
    }
    return whole;
}

std::string tables_text(const std::string& head, const Json& tables) {
    std::string shown;
    for (const Json& given : tables) {
        const Json columns = given.value("columns", Json::array());
        const Json names = given.value("rows", Json::array());
        const Json values = given.value("values", Json::array());
        const std::vector<bool> counts = counting_columns(values, columns.size());
        Rows rows(1, {""});
        std::vector<std::size_t> right;
        for (const Json& column : columns) {
            right.push_back(rows[0].size());
            rows[0].push_back(column.is_string() ? printable(column.get<std::string>())
                                                 : core::json_text(column));
        }
        for (std::size_t row = 0; row < names.size() && row < values.size(); ++row) {
            rows.push_back({names[row].is_string() ? printable(names[row].get<std::string>())
                                                   : core::json_text(names[row])});
            for (std::size_t column = 0; column < columns.size() && column < values[row].size(); ++column) {
                const Json& value = values[row][column];
                rows.back().push_back(counts[column] ? grouped(static_cast<std::int64_t>(value.get<double>()))
                                                     : measure(value));
            }
        }
        shown += fmt::format("\n{}: {}\n{}", printable(head), text(given, "name"), table(rows, right));
    }
    return shown;
}

/// " --plugin-dir DIR" for each, and --trust-run-plugins: what the next command needs, as this one did.
std::string plugin_words(const Json& request) {
    std::string words;
    for (const std::string& folder : request.value("plugin_dirs", std::vector<std::string>())) {
        words += " --plugin-dir " + core::shell_word(folder);
    }
    return words + (request.value(jobs::trust_run_plugins, false) ? " --trust-run-plugins" : "");
}

}  // namespace

std::string run_text(const Json& result, const Json& request, const Screen& screen) {
    const std::string status = text(result, "status");
    if (result.contains("dry_run")) {
        Rows rows;
        flatten(result["dry_run"], "", rows);
        return paint(screen, Paint::bold, "dry run: everything works together") + "\n" + table(rows, {});
    }
    if (result.value("nothing_to_do", false)) {
        return fmt::format(
            "{} is finished: there is nothing to do. More epochs: graft run --resume {} --set "
            "train.epochs=N (of several phases train.phases.K.epochs=N)\n",
            text(result, "folder"), core::shell_word(text(result, "folder")));
    }
    const std::string name = text(result, "name");
    std::string heading = (name.empty() ? "the run" : name) + " " + (status.empty() ? "ended" : status);
    if (result.contains("seconds") && result["seconds"].is_number()) {
        heading += " after " + duration(result["seconds"].get<double>());
    }
    const std::string folder = result.value("folder", std::string());
    std::string shown =
        paint(screen, Paint::bold, heading) + "\n" + scores_table(result) + against_constant(result, screen);
    if (folder.empty()) {
        return shown;
    }
    Rows rows = {{"run folder", printable(folder)}};
    std::error_code error;
    const std::string picture = jobs::run_file(folder, jobs::run_files::validation_picture);
    if (std::filesystem::exists(picture, error)) {
        rows.push_back({"picture", printable(picture)});
    }
    if (status == "interrupted") {
        rows.push_back(
            {"to go on", "graft run --resume " + core::shell_word(folder) + plugin_words(request)});
    } else if (status == "finished") {
        const std::string run = core::shell_word(folder);
        const std::string more = plugin_words(request);
        rows.push_back({"to use it", "graft predict " + run + " IMAGE..." + more});
        rows.push_back({"to look into it", "graft report " + run + more});
        rows.push_back({"to pass it on", "graft export " + run + " --to onnx" + more});
    }
    return shown + table(rows);
}

std::string eval_text(const Json& result, const Screen& screen) {
    const auto samples = result.value("samples", Json(0));
    std::string shown =
        paint(screen, Paint::bold, counted(samples.is_number() ? samples.get<std::int64_t>() : 0, "sample")) +
        "\n";
    Rows rows = {{"metric", "value"}};
    const Json scores = inner(result, "metrics");
    for (const auto& [key, score] : scores.items()) {
        rows.push_back({printable(key), measure(score, unit_of(inner(result, "units"), key))});
    }
    shown += table(rows, {1});
    const Json heads = inner(result, "tables");
    for (const auto& [head, tables] : heads.items()) {
        shown += tables_text(head, tables);
    }
    return shown;
}

}  // namespace graft::report
