// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a page says of the run as a whole.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "insight/sections.hpp"
#include "report/formatting.hpp"
#include "report/profile.hpp"

namespace graft::insight {
namespace {

using core::Json;

void add_facts(Document& document, const RunLeft& run) {
    const Json& record = run.record;
    const Json data = report::inner(record, "data");
    const Json parameters = report::inner(record, "parameters");
    const Json monitor = report::inner(record, "monitor");
    DataTable facts{"summary", "The run", {"what", "value"}, {}};
    facts.rows = {{"state", run.status},
                  {"folder", core::Json(run.folder).get<std::string>()},
                  {"samples", whole_text(report::inner(data, "train"), "samples") + " training, " +
                                  whole_text(report::inner(data, "val"), "samples") + " validation"},
                  {"parameters", whole_text(parameters, "trainable") + " of " +
                                     whole_text(parameters, "total") + " trainable in the first phase"},
                  {"device", report::text(record, "device") + ", " + report::text(record, "precision")},
                  {"time", report::duration(report::number(record, "seconds"))},
                  {"seed", whole_text(record, "seed")},
                  {"graft", report::text(report::inner(record, "versions"), "graft")}};
    if (run.best_epoch() > 0) {
        facts.rows.insert(facts.rows.begin() + 1,
                          {"best epoch", fmt::format("{} of {}, by {}", run.best_epoch(), run.epochs.size(),
                                                     report::text(monitor, "name"))});
    }
    if (record.contains("error")) {
        facts.rows.push_back({"error", report::text(record, "error")});
    }
    document.add(facts);
}

void add_scores(Document& document, const RunLeft& run) {
    const Json best = run.best_scores();
    const Json last = report::inner(report::inner(run.record, "final"), "metrics");
    DataTable scores{
        "scores", "Scores on the validation split", {"score", "best epoch", "last epoch"}, {}, {1, 2}};
    for (const auto& [key, value] : best.items()) {
        scores.rows.push_back({key, report::measure(value, run.unit(key)),
                               report::measure(last.value(key, Json()), run.unit(key))});
    }
    if (!scores.rows.empty()) {
        document.add(scores);
    }
}

/// What the network is worth, in a sentence an answer.
void add_verdict(Document& document, const RunLeft& run) {
    for (const Json& each : run.record.value("against_constant", Json::array())) {
        const std::string unit = report::text(each, "unit");
        const bool better = each.value("better", false);
        std::string text = fmt::format(
            "{}: {} {}, against {} of a constant answer ({}).", report::text(each, "name"),
            report::text(each, "measure"), report::measure(each.value("model", Json()), unit),
            report::measure(each.value("constant", Json()), unit), report::text(each, "constant_is"));
        text += better ? " Better by " + report::measure(each.value("better_by", Json()), unit) + "."
                       : " No better: the network has not learnt this.";
        text += each.value("varies", true) ? "" : " Its predictions are nearly the same for all samples.";
        document.html(fmt::format("<p class=\"{}\">{}</p>\n",
                                  better && each.value("varies", true) ? "good" : "bad", escaped(text)));
    }
}

/// A number above 1 without a fraction counts something.
std::string cell_of(const Json& value) {
    const double number = value.is_number() ? value.get<double>() : 0;
    return number > 1 && number < 1e15 && number == std::floor(number)
               ? report::grouped(static_cast<std::int64_t>(number))
               : report::measure(value);
}

std::string shape_text(const Json& shape) {
    return report::joined(shape.is_array() ? shape : Json::array(), " × ");
}

void add_parts(Document& document, const Json& parts, const char* id, const char* caption,
               std::size_t phases) {
    DataTable table{id, caption, {"part", "output", "parameters"}, {}, {2}};
    for (std::size_t phase = 1; phase <= phases; ++phase) {
        table.columns.push_back(phases == 1 ? "training" : fmt::format("phase {}", phase));
    }
    for (const Json& part : parts) {
        Json shape = part.value("output", Json::array());
        for (const Json& output : part.value("outputs", Json::array())) {
            shape = output.value("shape", Json::array());
        }
        std::vector<std::string> row = {report::text(part, "name"), shape_text(shape),
                                        whole_text(part, "parameters")};
        for (const Json& frozen : part.value("frozen", Json::array())) {
            row.push_back(frozen == true ? "frozen" : "trained");
        }
        row.resize(table.columns.size());
        table.rows.push_back(std::move(row));
    }
    document.add(table);
}

}  // namespace

std::string whole_text(const Json& fields, const char* key) {
    const Json value = fields.is_object() ? fields.value(key, Json()) : Json();
    return value.is_number_integer() ? report::grouped(value.get<std::int64_t>()) : "-";
}

void add_summary(Document& document, const RunLeft& run) {
    document.section("summary", "Summary");
    add_verdict(document, run);
    const std::size_t skipped = run.record.value("skipped", Json::array()).size();
    if (skipped > 0) {
        document.html(
            fmt::format("<p class=\"bad\">{} could not be used: <a href=\"#data\">see the data</a>.</p>\n",
                        report::counted(static_cast<std::int64_t>(skipped), "file")));
    }
    add_facts(document, run);
    add_scores(document, run);
}

void add_network(Document& document, const RunLeft& run, const Illustration& illustration) {
    document.section("network", "Network");
    const Json phases = report::inner(run.record, "parameters").value("phases", Json::array());
    for (const Json& phase : phases) {
        if (phases.size() > 1) {
            document.paragraph(fmt::format("Phase {}: {} parameters trained.", whole_text(phase, "phase"),
                                           whole_text(phase, "trainable")));
        }
    }
    if (!illustration.network.contains("stages")) {
        document.paragraph("The stages could not be looked at: the model or its plugins are not there.");
        return;
    }
    add_parts(document, illustration.network["stages"], "stages", "Stages of the backbone", phases.size());
    add_parts(document, illustration.network["heads"], "heads", "Heads", phases.size());
}

void add_time(Document& document, const RunLeft& run) {
    document.section("time", "Time");
    const Json profile = report::inner(run.record, "profile");
    const double all = report::number(profile, "seconds");
    DataTable table{"time-parts", "Where the time went", {"work", "seconds", "share"}, {}, {1, 2}};
    for (const auto& [name, seconds] : report::works_of(profile)) {
        table.rows.push_back({name, fmt::format("{:.2f}", seconds),
                              all > 0 ? fmt::format("{:.0f} %", 100 * seconds / all) : ""});
    }
    if (table.rows.empty()) {
        document.paragraph("Nothing was measured: the run has not ended.");
        return;
    }
    document.add(table);
    document.paragraph("Of the process that ended last. On a GPU, work counts where it is waited for.");
}

void add_pipeline(Document& document, const RunLeft& run) {
    document.section("pipeline", "Pipeline");
    document.html("<pre tabindex=\"0\" aria-label=\"Pipeline\">" + escaped(run.pipeline) + "</pre>\n");
}

void add_evaluation_tables(Document& document, const std::string& id, const std::string& owner,
                           const Json& tables) {
    int number = 0;
    for (const Json& given : tables) {
        DataTable table{
            fmt::format("{}-table-{}", id, ++number), owner + ": " + report::text(given, "name"), {"of"}, {}};
        for (const Json& column : given.value("columns", Json::array())) {
            table.numbers.insert(table.columns.size());
            table.columns.push_back(column.is_string() ? column.get<std::string>() : "");
        }
        const Json names = given.value("rows", Json::array());
        const Json values = given.value("values", Json::array());
        for (std::size_t row = 0; row < std::min(names.size(), values.size()); ++row) {
            table.rows.push_back({names[row].is_string() ? names[row].get<std::string>() : ""});
            for (const Json& value : values[row]) {
                table.rows.back().push_back(cell_of(value));
            }
        }
        document.add(table);
    }
}

}  // namespace graft::insight
