// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "report/epoch_table.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "core/names.hpp"
#include "report/formatting.hpp"
#include "report/terminal.hpp"

namespace graft::report {
namespace {

using core::Json;

constexpr std::size_t number_width = 6;  // of "0.1234"
constexpr std::size_t gap = 2;
constexpr std::size_t best_width = 4;  // of "best", behind a row

/// What goes first where room is short; losses and the first metric never go.
enum Rank {
    keeps = 0,
    metric = 1,
    time_taken = 1000,
    rate_of_learning = 1001,
    train_metric = 1002,
    images_a_second = 100'000
};

std::string padded(const std::string& text, std::size_t width) {
    const std::size_t columns = columns_of(text);
    return columns < width ? std::string(width - columns, ' ') + text : text;
}

/// "0.001", or the smallest and the largest where parts differ; empty where nothing is trained in steps.
std::string rates_text(const Json& rates) {
    double least = INFINITY;
    double most = -INFINITY;
    for (const Json& rate : rates) {
        if (rate.is_number()) {
            least = std::min(least, rate.get<double>());
            most = std::max(most, rate.get<double>());
        }
    }
    return least > most    ? ""
           : least == most ? fmt::format("{:.3g}", most)
                           : fmt::format("{:.3g}..{:.3g}", least, most);
}

/// "12/100".
std::string epoch_text(const Json& fields, const char* key) {
    const auto whole = [&](const char* name) {
        const double value = number(fields, name);
        return std::abs(value) < 1e9 ? value : 0.0;  // false for NaN, too
    };
    return fmt::format("{:.0f}/{:.0f}", whole(key), whole("epochs"));
}

std::string whole_name(const std::string& owner, const std::string& name) {
    return owner.empty() ? name : owner + "/" + name;
}

}  // namespace

std::vector<EpochTable::Cell> EpochTable::cells_of(const Json& fields) const {
    std::vector<Cell> cells;
    const auto add = [&](const std::string& owner, const std::string& name, const std::string& text, int rank,
                         std::size_t least = number_width) {
        cells.push_back({{owner, name, std::max({columns_of(owner), columns_of(name), least}), rank}, text});
    };
    add("", "epoch", epoch_text(fields, "epoch"), keeps, epoch_text(fields, "epochs").size());
    int metrics = 0;
    int train_metrics = 0;
    for (const char* split : {"train", "val"}) {
        const Json scores = inner(fields, split);
        const bool trains = std::string_view(split) == "train";
        const std::vector<std::string> keys = main_scores(scores);
        const bool is_only_metric = keys.size() <= 2;  // beside the loss
        for (const std::string& key : keys) {
            const std::size_t slash = key.rfind('/');
            const bool is_loss = slash == std::string::npos;
            const std::string head = is_loss ? split : printable(key.substr(0, slash));
            const std::string owner = is_loss || !trains ? head : is_only_metric ? split : "train " + head;
            const std::string name = is_loss ? key : key.substr(slash + 1);
            const int rank = is_loss          ? keeps
                             : trains         ? train_metric + train_metrics++
                             : metrics++ == 0 ? keeps
                                              : metric + metrics;
            add(owner, printable(name), measure(scores[key]), rank);
        }
    }
    if (const std::string rates = rates_text(inner(fields, "learning_rate")); !rates.empty()) {
        add("", "lr", rates, rate_of_learning, rates.find("..") == std::string::npos ? 8 : 16);
    }
    if (fields.contains("seconds")) {
        constexpr std::size_t minutes_and_seconds = 9;  // "1 min 2 s"
        add("", "time", duration(number(fields, "seconds")), time_taken, minutes_and_seconds);
    }
    if (std::isfinite(number(fields, "images_per_second"))) {
        add("", "images/s", fmt::format("{:.0f}", number(fields, "images_per_second")), images_a_second);
    }
    return cells;
}

std::vector<std::string> EpochTable::heading(const std::vector<Cell>& left_out) const {
    std::string owners;
    std::string names;
    for (const Column& column : columns_) {
        const std::string between(names.empty() ? 0 : gap, ' ');
        owners += between + padded(column.owner, column.width);
        names += between + padded(column.name, column.width);
    }
    std::vector<std::string> lines;
    std::vector<std::string> metrics;
    for (const Cell& cell : left_out) {
        if (cell.column.rank < time_taken) {  // what else is left out is in metrics.jsonl
            metrics.push_back(whole_name(cell.column.owner, cell.column.name));
        }
    }
    if (!metrics.empty()) {
        lines.push_back("no room for: " + core::listed(metrics));
    }
    owners.erase(owners.find_last_not_of(' ') + 1);
    if (!owners.empty()) {
        lines.push_back(paint(screen_, Paint::dim, owners));
    }
    lines.push_back(paint(screen_, Paint::dim, names));
    return lines;
}

std::vector<std::string> EpochTable::lines(const Json& fields) {
    std::vector<Cell> cells = cells_of(fields);
    std::vector<Cell> left_out;
    const auto width = [&] {
        std::size_t total = best_width;
        for (const Cell& cell : cells) {
            total += cell.column.width + gap;
        }
        return total;
    };
    while (width() > static_cast<std::size_t>(std::max(screen_.width, 0))) {
        const auto first = std::max_element(
            cells.begin(), cells.end(),
            [](const Cell& left, const Cell& right) { return left.column.rank < right.column.rank; });
        if (first->column.rank == keeps) {
            break;
        }
        left_out.insert(left_out.begin(), *first);
        cells.erase(first);
    }
    std::vector<Column> columns;
    std::string row;
    for (const Cell& cell : cells) {
        columns.push_back(cell.column);
        row += std::string(row.empty() ? 0 : gap, ' ') + padded(cell.text, cell.column.width);
    }
    std::vector<std::string> lines;
    if (columns != columns_) {
        columns_ = std::move(columns);
        lines = heading(left_out);
    }
    const auto best = fields.find("best");
    if (best != fields.end() && best->is_boolean() && best->get<bool>()) {
        row += std::string(gap, ' ') + paint(screen_, Paint::green, "best");
    }
    lines.push_back(row);
    return lines;
}

}  // namespace graft::report
