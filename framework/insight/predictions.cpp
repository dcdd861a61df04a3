// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "insight/predictions.hpp"

#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/csv.hpp"
#include "core/files.hpp"
#include "core/number_text.hpp"
#include "core/problem.hpp"
#include "jobs/run_files.hpp"

namespace graft::insight {
namespace {

using Rows = std::vector<std::vector<std::string>>;

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
    throw core::Failure(core::Category::data, fmt::format("{}: {}", file, what),
                        "graft writes it anew when the run is repeated: `graft run RUN/pipeline.yaml`");
}

/// The table with its cells by the names of their columns.
class PredictionsTable {
public:
    explicit PredictionsTable(std::string file)
        : file_(std::move(file)), rows_(core::csv_rows(core::read_file(file_))) {
        if (rows_.empty()) {
            refuse(file_, "it is empty, but has a row of names at least");
        }
        for (std::size_t index = 0; index < rows_[0].size(); ++index) {
            columns_.emplace(rows_[0][index], index);
        }
        for (std::size_t row = 1; row < rows_.size(); ++row) {
            if (rows_[row].size() != rows_[0].size()) {
                refuse(file_, fmt::format("row {} has {} cells, the row of names {}", row + 1,
                                          rows_[row].size(), rows_[0].size()));
            }
        }
    }

    std::size_t samples() const { return rows_.size() - 1; }

    std::size_t column(const std::string& name) const {
        const auto found = columns_.find(name);
        if (found == columns_.end()) {
            refuse(file_, fmt::format("there is no column '{}', which run.json tells of", name));
        }
        asked_.insert(found->second);
        return found->second;
    }

    /// Names that end so, of columns that nobody has asked for.
    std::vector<std::string> others(const std::string& end) const {
        std::vector<std::string> names;
        for (std::size_t place = 0; place < rows_[0].size(); ++place) {
            if (!asked_.contains(place) && rows_[0][place].ends_with(end)) {
                names.push_back(rows_[0][place]);
            }
        }
        return names;
    }

    const std::string& cell(std::size_t sample, std::size_t column) const {
        return rows_[sample + 1][column];
    }

    double number(std::size_t sample, std::size_t column) const {
        const std::string& text = cell(sample, column);
        if (text.empty()) {
            return unknown;
        }
        const auto value = core::number_of_text<double>(text);
        if (!value) {
            refuse(file_,
                   fmt::format("row {}, column '{}': '{}' is no number", sample + 2, rows_[0][column], text));
        }
        return *value;
    }

    Numbers numbers(const std::string& name) const {
        Numbers values;
        const std::size_t place = column(name);
        for (std::size_t sample = 0; sample < samples(); ++sample) {
            values.push_back(number(sample, place));
        }
        return values;
    }

    std::vector<std::string> texts(const std::string& name) const {
        std::vector<std::string> values;
        const std::size_t place = column(name);
        for (std::size_t sample = 0; sample < samples(); ++sample) {
            values.push_back(cell(sample, place));
        }
        return values;
    }

    /// [samples][columns]
    std::vector<Numbers> matrix(const std::vector<std::string>& names) const {
        std::vector<Numbers> rows(samples());
        for (const std::string& name : names) {
            const std::size_t place = column(name);
            for (std::size_t sample = 0; sample < rows.size(); ++sample) {
                rows[sample].push_back(number(sample, place));
            }
        }
        return rows;
    }

    std::vector<int> classes(const std::string& name, const std::map<std::string, int>& indices) const {
        std::vector<int> found;
        for (const std::string& text : texts(name)) {
            const auto index = indices.find(text);
            if (index == indices.end() && !text.empty()) {
                refuse(file_, fmt::format("column '{}': there is no class '{}'", name, text));
            }
            found.push_back(index == indices.end() ? -1 : index->second);
        }
        return found;
    }

private:
    std::string file_;
    Rows rows_;
    std::map<std::string, std::size_t> columns_;
    mutable std::set<std::size_t> asked_;
};

void read_category(const PredictionsTable& table, Answered& answered) {
    const AnswerSchema& answer = answered.answer;
    std::map<std::string, int> indices;
    std::vector<std::string> names;
    for (std::size_t index = 0; index < answer.classes.size(); ++index) {
        indices.emplace(answer.classes[index], static_cast<int>(index));
        names.push_back(column::probability_of(answer, index));
    }
    answered.truth = table.classes(column::truth(answer), indices);
    answered.predicted = table.classes(column::prediction(answer), indices);
    answered.probability = table.numbers(column::probability(answer));
    if (answer.has_all_probabilities()) {
        answered.probabilities = table.matrix(names);
    }
}

void read_labels(const PredictionsTable& table, Answered& answered) {
    std::vector<std::string> truth;
    std::vector<std::string> probability;
    for (std::size_t index = 0; index < answered.answer.classes.size(); ++index) {
        truth.push_back(column::truth_of(answered.answer, index));
        probability.push_back(column::probability_of(answered.answer, index));
    }
    answered.true_values = table.matrix(truth);
    answered.probabilities = table.matrix(probability);
}

void read_points(const PredictionsTable& table, Answered& answered) {
    std::vector<std::string> truth;
    std::vector<std::string> prediction;
    for (std::size_t point = 0; point < answered.answer.points.size(); ++point) {
        for (const char axis : {'x', 'y'}) {
            truth.push_back(column::truth_of_point(answered.answer, point, axis));
            prediction.push_back(column::prediction_of_point(answered.answer, point, axis));
        }
    }
    answered.true_values = table.matrix(truth);
    answered.predicted_values = table.matrix(prediction);
    answered.error = table.numbers(column::error(answered.answer));
}

Answered read_answer(const PredictionsTable& table, const AnswerSchema& answer) {
    Answered answered{answer, {}, {}, {}, {}, {}, {}, {}};
    if (answer.kind == "category") {
        read_category(table, answered);
    } else if (answer.kind == "labels") {
        read_labels(table, answered);
    } else if (answer.kind == "scalar") {
        answered.true_values = table.matrix({column::truth(answer)});
        answered.predicted_values = table.matrix({column::prediction(answer)});
        answered.error = table.numbers(column::error(answer));
    } else if (answer.kind == "points") {
        read_points(table, answered);
    }
    return answered;
}

}  // namespace

double Answered::mistake(std::size_t sample) const {
    if (answer.kind == "category") {
        return truth[sample] < 0 ? unknown : truth[sample] != predicted[sample] ? 1.0 : 0.0;
    }
    return error.empty() ? unknown : std::abs(error[sample]);
}

double Predictions::loss(std::size_t sample) const {
    double sum = 0;
    bool counts = false;
    for (const Numbers& of_head : losses) {
        if (!std::isnan(of_head[sample])) {
            sum += of_head[sample];
            counts = true;
        }
    }
    return counts ? sum : unknown;
}

std::optional<Predictions> read_predictions(const std::string& run, const core::Json& record) {
    const std::string file = jobs::run_file(run, jobs::run_files::predictions);
    std::error_code error;
    if (!record.contains("predictions") || !std::filesystem::exists(file, error)) {
        return std::nullopt;
    }
    const PredictionsTable table(file);
    Predictions predictions;
    predictions.ids = table.texts(column::id);
    for (const AnswerSchema& answer : answers_from_json(record["predictions"])) {
        predictions.answered.push_back(read_answer(table, answer));
        if (predictions.heads.empty() || predictions.heads.back() != answer.head) {
            predictions.heads.push_back(answer.head);
            predictions.losses.push_back(table.numbers(column::loss(answer.head)));
        }
    }
    const std::string end = column::loss("");
    for (const std::string& name : table.others(end)) {  // of heads whose answers have no columns
        predictions.heads.push_back(name.substr(0, name.size() - end.size()));
        predictions.losses.push_back(table.numbers(name));
    }
    return predictions;
}

}  // namespace graft::insight
