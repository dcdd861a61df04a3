// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// What a page says of each answer of the network.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "insight/classification.hpp"
#include "insight/confusion_cells.hpp"
#include "insight/samples.hpp"
#include "insight/sections.hpp"
#include "report/formatting.hpp"

namespace graft::insight {
namespace {

using core::Json;

std::string score_text(double value) {
    return std::isnan(value) ? "-" : fmt::format("{:.3f}", value);
}

/// The matrix with a shade for the share of a row; of many classes the pairs below are enough.
void add_confusion(Document& document, const std::string& id, const AnswerSchema& answer,
                   const Confusion& confusion) {
    DataTable table{
        id + "-confusion",
        "Confusion matrix: a row a true class, a column a predicted one. Choose a number to see its samples.",
        {"truth"},
        {}};
    table.columns.insert(table.columns.end(), answer.classes.begin(), answer.classes.end());
    std::string html =
        "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Confusion "
        "matrix\" id=\"" +
        escaped(table.id) + "\"><table class=\"confusion\"><caption>" + escaped(table.caption) +
        "</caption>\n<thead><tr><th scope=\"col\">truth</th>";
    for (const std::string& name : answer.classes) {
        html += "<th scope=\"col\" class=\"number\">" + escaped(name) + "</th>";
    }
    html += "</tr></thead>\n<tbody>\n";
    for (std::size_t truth = 0; truth < confusion.size(); ++truth) {
        const std::int64_t all = std::max<std::int64_t>(1, class_scores(confusion, truth).samples);
        html += "<tr><th scope=\"row\">" + escaped(answer.classes[truth]) + "</th>";
        table.rows.push_back({answer.classes[truth]});
        for (std::size_t predicted = 0; predicted < confusion.size(); ++predicted) {
            const std::int64_t samples = confusion[truth][predicted];
            table.rows.back().push_back(std::to_string(samples));
            html += fmt::format(
                "<td{} style=\"--share:{:.0f}%\">{}</td>", truth == predicted ? " class=\"right\"" : "",
                60.0 * static_cast<double>(samples) / static_cast<double>(all),
                samples == 0 ? "0"
                             : fmt::format("<a href=\"#{}\" aria-label=\"{}: truth {}, predicted {}\">{}</a>",
                                           escaped(cell_id(id, truth, predicted)),
                                           report::counted(samples, "sample"), escaped(answer.classes[truth]),
                                           escaped(answer.classes[predicted]), samples));
        }
        html += "</tr>\n";
    }
    document.data_only(table);
    if (confusion.size() <= most_classes_shown) {
        document.html(html + "</tbody></table></div>\n");
    } else {
        document.paragraph(fmt::format("The matrix of {} classes is in {}.csv.", confusion.size(), table.id));
    }
}

void add_pairs(Document& document, const std::string& id, const AnswerSchema& answer,
               const Confusion& confusion) {
    DataTable table{id + "-confused",
                    "Most confused pairs",
                    {"truth", "predicted", "samples", "of the class"},
                    {},
                    {2, 3},
                    20};
    for (const ConfusedPair& pair : confused_pairs(confusion)) {
        const auto truth = static_cast<std::size_t>(pair.truth);
        const auto all = static_cast<double>(class_scores(confusion, truth).samples);
        table.rows.push_back({answer.classes[truth], answer.classes[static_cast<std::size_t>(pair.predicted)],
                              report::grouped(pair.samples),
                              fmt::format("{:.1f} %", 100 * static_cast<double>(pair.samples) / all)});
    }
    if (!table.rows.empty()) {
        document.add(table);
    }
}

void add_class_scores(Document& document, const std::string& id, const AnswerSchema& answer,
                      const Confusion& confusion) {
    DataTable table{id + "-classes",
                    "Scores of each class",
                    {"class", "precision", "recall", "F1", "samples"},
                    {},
                    {1, 2, 3, 4}};
    for (std::size_t index = 0; index < confusion.size(); ++index) {
        const ClassScores scores = class_scores(confusion, index);
        table.rows.push_back({answer.classes[index], score_text(scores.precision), score_text(scores.recall),
                              score_text(scores.f1), report::grouped(scores.samples)});
    }
    document.add(table);
}

void add_calibration(Document& document, const std::string& id, const Answered& answered) {
    const auto bins = calibration_of(answered);
    if (bins.empty()) {
        return;
    }
    Chart chart{id + "-calibration", "Calibration", "", "confidence", "accuracy", {}};
    chart.square = true;
    Series found{"this network", {}};
    DataTable table{
        id + "-calibration-bins", "Calibration", {"confidence", "accuracy", "samples"}, {}, {0, 1, 2}};
    for (const CalibrationBin& bin : bins) {
        found.points.emplace_back(bin.confidence, bin.accuracy);
        table.rows.push_back(
            {score_text(bin.confidence), score_text(bin.accuracy), report::grouped(bin.samples)});
    }
    const double error = calibration_error(bins);
    chart.says = fmt::format("expected calibration error {:.3f}", error);
    chart.series = {found, {"perfect", {{0, 0}, {1, 1}}, false, true}};
    document.add(chart);
    document.paragraph(
        fmt::format("Expected calibration error {:.3f}: how far, in the mean, the probability of the "
                    "predicted class is from the share that is right.",
                    error));
    document.add(table);
}

void add_thresholds(Document& document, const std::string& id, const Answered& answered) {
    if (answered.answer.classes.size() != 2 || answered.probabilities.empty()) {
        return;
    }
    const std::string& positive = answered.answer.classes[1];
    const ThresholdCurves curves = threshold_curves(answered, 1);
    if (std::isnan(curves.area) || std::isnan(curves.average_precision)) {
        return;
    }
    Chart roc{id + "-roc",
              "ROC of " + positive,
              fmt::format("area under the curve {:.3f}", curves.area),
              "false positive rate",
              "true positive rate",
              {{"this network", curves.roc}, {"chance", {{0, 0}, {1, 1}}, false, true}}};
    Chart precision{id + "-precision-recall",
                    "Precision and recall of " + positive,
                    fmt::format("average precision {:.3f}", curves.average_precision),
                    "recall",
                    "precision",
                    {{"this network", curves.precision_recall}}};
    roc.square = precision.square = true;
    document.html("<div class=\"charts\">\n");
    document.add(roc);
    document.add(precision);
    document.html("</div>\n");
    document.paragraph(fmt::format("Area under the ROC curve {:.3f}, average precision {:.3f}.", curves.area,
                                   curves.average_precision));
}

void add_category(Document& document, const std::string& id, const Answered& answered, const RunLeft& run,
                  const Illustration& illustration) {
    const Confusion confusion = confusion_of(answered);
    add_confusion(document, id, answered.answer, confusion);
    if (confusion.size() <= most_classes_shown) {
        add_cells(document, id, answered, *run.predictions, illustration);
    }
    add_pairs(document, id, answered.answer, confusion);
    add_class_scores(document, id, answered.answer, confusion);
    add_calibration(document, id, answered);
    add_thresholds(document, id, answered);
}

void add_cumulative(Document& document, const std::string& id, const Answered& answered,
                    const std::string& unit) {
    Numbers errors;
    for (std::size_t sample = 0; sample < answered.error.size(); ++sample) {
        errors.push_back(answered.mistake(sample));
    }
    const auto curve = cumulative(std::move(errors));
    if (curve.empty()) {
        return;
    }
    const auto error_of = [&](double share) {
        return std::find_if(curve.begin(), curve.end(),
                            [&](const auto& point) { return point.second >= share; })
            ->first;
    };
    const std::string says =
        fmt::format("half of the samples are within {:.3g} {}, nine of ten within {:.3g} {}", error_of(0.5),
                    unit, error_of(0.9), unit);
    document.add(Chart{id + "-cumulative",
                       "Share of samples by error",
                       says,
                       "error" + (unit.empty() ? "" : " (" + unit + ")"),
                       "share of samples",
                       {{"samples within the error", curve}}});
    document.paragraph("H" + says.substr(1) + ".");
}

/// Predicted against true, of many samples evenly spaced ones.
void add_scatter(Document& document, const std::string& id, const Answered& answered) {
    constexpr std::size_t most = 2000;
    const std::size_t step = std::max<std::size_t>(1, (answered.error.size() + most - 1) / most);
    Series dots{"samples", {}, true};
    double low = INFINITY;
    double high = -INFINITY;
    for (std::size_t sample = 0; sample < answered.error.size(); sample += step) {
        const double truth = answered.true_values[sample][0];
        if (!std::isnan(truth)) {
            dots.points.emplace_back(truth, answered.predicted_values[sample][0]);
            low = std::min(low, truth);
            high = std::max(high, truth);
        }
    }
    if (dots.points.empty()) {
        return;
    }
    const std::string unit = answered.answer.unit.empty() ? "" : " (" + answered.answer.unit + ")";
    const std::string says =
        fmt::format("{} samples, truth from {:.4g} to {:.4g}", dots.points.size(), low, high);
    document.add(Chart{id + "-scatter",
                       "Predicted against true",
                       says,
                       "truth" + unit,
                       "predicted" + unit,
                       {dots, {"equal", {{low, low}, {high, high}}, false, true}}});
    if (step > 1) {
        document.paragraph(fmt::format("Every {}th sample is drawn; predictions.csv has all.", step));
    }
}

/// What the colours beside the pictures mean, and where the network was cut for them.
void add_legend(Document& document, const AnswerSchema& answer, const Illustration& illustration) {
    const auto found = illustration.explanations.lower_bound({answer.name, ""});
    if (found == illustration.explanations.end() || found->first.first != answer.name) {
        return;
    }
    document.html(
        "<p>Beside each picture: where the answer came from (Grad-CAM of the " +
        std::string(answer.kind == "category" ? "predicted class" : "predicted number") + ", behind stage " +
        escaped(found->second.value("stage", std::string())) + "). " +
        (answer.kind == "category" ? "" : "Of a number below the usual one: what makes it small. ") +
        "<span class=\"key\" aria-hidden=\"true\"></span> Purple places did not speak for it, yellow "
        "ones most; the network did not see what stays grey.</p>\n");
}

void add_pictures(Document& document, const Picked& picked, const RunLeft& run,
                  const Illustration& illustration) {
    const Predictions& predictions = *run.predictions;
    const AnswerSchema& answer = predictions.answered[picked.answered].answer;
    if (answer.kind == "points") {
        document.paragraph("Green circles are true, red crosses predicted.");
    }
    add_legend(document, answer, illustration);
    for (const auto& [title, samples] : {std::pair{"Furthest from the truth", &picked.worst},
                                         {"Least certain", &picked.uncertain},
                                         {"Closest to the truth", &picked.best}}) {
        if (!samples->empty()) {
            document.heading(title);
            add_samples(document, *samples, predictions, picked.answered, illustration);
        }
    }
}

}  // namespace

void add_answers(Document& document, const RunLeft& run, const Illustration& illustration) {
    const Json tables = report::inner(run.evaluation, "tables");
    std::set<std::string> told;
    const std::vector<Picked> picked =
        run.predictions ? pick_samples(*run.predictions) : std::vector<Picked>();
    for (std::size_t index = 0; run.predictions && index < run.predictions->answered.size(); ++index) {
        const Answered& answered = run.predictions->answered[index];
        const std::string id = fmt::format("answer-{}", index + 1);
        document.section(id, answered.answer.name);
        told.insert(answered.answer.name);
        if (answered.answer.kind == "category") {
            add_category(document, id, answered, run, illustration);
        } else {
            add_evaluation_tables(document, id, answered.answer.name,
                                  tables.value(answered.answer.name, Json::array()));
        }
        if (answered.answer.kind == "scalar") {
            add_scatter(document, id, answered);
        }
        if (answered.answer.kind == "scalar" || answered.answer.kind == "points") {
            add_cumulative(document, id, answered,
                           answered.answer.kind == "points" ? "pixels" : answered.answer.unit);
        }
        if (answered.answer.kind == "points") {
            add_point_errors(document, id, answered, illustration.data);
        }
        for (const Picked& each : picked) {
            if (each.answered == index) {
                add_pictures(document, each, run, illustration);
            }
        }
    }
    if (!illustration.missing.empty() && !picked.empty()) {
        document.paragraph("There are no pictures: " + illustration.missing);
    }
    int number = 0;
    for (const auto& [owner, of_owner] : tables.items()) {
        if (!told.contains(owner)) {
            const std::string id = fmt::format("other-{}", ++number);
            document.section(id, owner);
            add_evaluation_tables(document, id, owner, of_owner);
            if (add_drawn(document, owner, run, illustration)) {
                told.insert(owner);
            }
        }
    }
    add_drawn_sections(document, run, illustration, told);
}

}  // namespace graft::insight
