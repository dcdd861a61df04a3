// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "command.hpp"
#include "core/text.hpp"
#include "insight/comparison.hpp"
#include "jobs.hpp"
#include "report/formatting.hpp"

namespace graft::app {
namespace {

const Usage& compare_usage() {
    static const Usage usage = {
        "compare",
        "RUN RUN...",
        static_cast<std::size_t>(-1),
        "Prints runs beside each other: the scores of their best epochs, what differs in their pipelines, "
        "and how "
        "many\n"
        "validation samples changed sides. `graft report RUN RUN...` makes a page of it.",
        {{"csv", "", "print the scores as separated values, a row a run", false}, json_option()},
        "graft compare runs/first runs/second"};
    return usage;
}

std::string text_of(const insight::DataTable& table, const Console& console) {
    report::Rows rows = {table.columns};
    rows.insert(rows.end(), table.rows.begin(), table.rows.end());
    for (auto& row : rows) {
        for (std::string& cell : row) {
            cell = report::printable(cell);
        }
    }
    return report::paint(console.out(), report::Paint::bold, table.caption) + "\n" +
           report::table(rows, {table.numbers.begin(), table.numbers.end()});
}

/// A row a run, a column a score: bare numbers, as programs read them.
std::string csv_of(const std::vector<insight::RunLeft>& runs) {
    std::vector<std::string> columns = {"run", "state", "best_epoch", "seconds"};
    std::vector<std::string> scores;
    for (const insight::RunLeft& run : runs) {
        const core::Json of_run = run.best_scores();
        for (const auto& [key, value] : of_run.items()) {
            if (std::find(scores.begin(), scores.end(), key) == scores.end()) {
                scores.push_back(key);
            }
        }
    }
    columns.insert(columns.end(), scores.begin(), scores.end());
    std::string text = core::csv_row(columns);
    for (const insight::RunLeft& run : runs) {
        std::vector<std::string> row = {core::name_to_text(run.folder), run.status,
                                        std::to_string(run.best_epoch()),
                                        fmt::format("{:.6g}", report::number(run.record, "seconds"))};
        const core::Json of_run = run.best_scores();
        for (const std::string& score : scores) {
            const core::Json value = of_run.value(score, core::Json());
            row.push_back(value.is_number() ? fmt::format("{}", value.get<double>()) : "");
        }
        text += core::csv_row(row);
    }
    return text;
}

}  // namespace

int compare(const Words& words) {
    const auto arguments = parse(compare_usage(), words);
    if (!arguments) {
        return 0;
    }
    if (arguments->positional().size() < 2) {
        refuse(compare_usage(), "which runs? Two at least");
    }
    if (arguments->has("csv") && arguments->has("json")) {
        refuse(compare_usage(), "--csv and --json are two forms of one result; keep one of them");
    }
    const Console console = console_for(*arguments);
    const std::vector<insight::RunLeft> runs = runs_left(*arguments, console);
    if (console.json()) {
        console.print(insight::comparison_json(runs));
        return 0;
    }
    if (arguments->has("csv")) {
        console.print(csv_of(runs));
        return 0;
    }
    console.print(text_of(insight::comparison_table(runs), console));
    const insight::DataTable differences = insight::difference_table(runs);
    console.print(differences.rows.empty() ? std::string("The pipelines are equal.\n")
                                           : text_of(differences, console));
    for (const insight::SidesChanged& each : insight::sides_changed(runs)) {
        console.print(
            fmt::format("{}: of {} validation samples that both have, {} became right and {} wrong in {}\n",
                        report::printable(each.answer), each.samples, each.mended.size(), each.spoiled.size(),
                        report::printable(runs[each.other].name)));
    }
    return 0;
}

}  // namespace graft::app
