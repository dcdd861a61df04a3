// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "insight/constant.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "report/formatting.hpp"

namespace graft::insight {
namespace {

using core::Json;

/// Sums of a column of numbers, from which its mean and spread follow.
struct Spread {
    void add(double value) {
        if (!std::isnan(value)) {
            ++count;
            const double step = value - mean;
            mean += step / static_cast<double>(count);
            squares += step * (value - mean);
        }
    }

    double deviation() const { return count > 1 ? std::sqrt(squares / static_cast<double>(count - 1)) : 0; }

    std::size_t count = 0;
    double mean = 0;
    double squares = 0;
};

/// How wrong the constant is for a sample, in the measure of Answered::mistake; NaN: nobody knows.
double mistake_of(const Constant& constant, const Answered& answered, std::size_t sample,
                  const std::pair<double, double>& size) {
    if (answered.answer.kind == "category") {
        return answered.truth[sample] != constant.of_class ? 1.0 : 0.0;
    }
    const Numbers& truth = answered.true_values[sample];
    if (answered.answer.kind == "scalar") {
        return std::abs(truth[0] - constant.values[0]);
    }
    Spread distances;
    for (std::size_t x = 0; x + 1 < truth.size(); x += 2) {
        distances.add(std::hypot(truth[x] - constant.values[x] * size.first,
                                 truth[x + 1] - constant.values[x + 1] * size.second));
    }
    return distances.count > 0 ? distances.mean : unknown;
}

/// Whether numbers of a sample differ between samples, against what the truth does.
bool numbers_vary(const Answered& answered) {
    constexpr double hardly = 0.05;
    double predicted = 0;
    double true_ones = 0;
    const std::size_t columns = answered.true_values.empty() ? 0 : answered.true_values[0].size();
    for (std::size_t column = 0; column < columns; ++column) {
        Spread of_predicted;
        Spread of_truth;
        for (std::size_t sample = 0; sample < answered.true_values.size(); ++sample) {
            if (!std::isnan(answered.true_values[sample][column])) {
                of_truth.add(answered.true_values[sample][column]);
                of_predicted.add(answered.predicted_values[sample][column]);
            }
        }
        predicted += of_predicted.deviation();
        true_ones += of_truth.deviation();
    }
    return true_ones == 0 || predicted > hardly * true_ones;
}

bool classes_vary(const Answered& answered) {
    const auto differ = [&](const std::vector<int>& classes) {
        int first = -1;
        for (std::size_t sample = 0; sample < classes.size(); ++sample) {
            if (answered.truth[sample] >= 0) {
                first = first < 0 ? classes[sample] : first;
                if (classes[sample] != first) {
                    return true;
                }
            }
        }
        return false;
    };
    return !differ(answered.truth) || differ(answered.predicted);
}

std::string words_of(const Constant& constant, const AnswerSchema& answer) {
    if (answer.kind == "category") {
        const auto index = static_cast<std::size_t>(constant.of_class);
        return "always " + (index < answer.classes.size() ? answer.classes[index] : "");
    }
    return answer.kind == "scalar" ? fmt::format("always {:.4g}{}", constant.values[0],
                                                 answer.unit.empty() ? "" : " " + answer.unit)
                                   : "always the mean places";
}

bool fits(const Constant& constant, const AnswerSchema& answer) {
    if (answer.kind == "category") {
        return constant.of_class >= 0;
    }
    return (answer.kind == "scalar" && constant.values.size() == 1) ||
           (answer.kind == "points" && constant.values.size() == 2 * answer.points.size());
}

std::optional<AgainstConstant> compare(const Predictions& predictions, const Answered& answered,
                                       const Constant& constant, const PictureSizes& sizes) {
    const bool is_category = answered.answer.kind == "category";
    Spread model;
    Spread of_constant;
    Spread gain;
    for (std::size_t sample = 0; sample < predictions.ids.size(); ++sample) {
        const auto size = sizes.find(predictions.ids[sample]);
        const double mistake = answered.mistake(sample);
        const double with_constant = mistake_of(
            constant, answered, sample, size == sizes.end() ? std::pair{unknown, unknown} : size->second);
        if (!std::isnan(mistake) && !std::isnan(with_constant)) {
            model.add(mistake);
            of_constant.add(with_constant);
            gain.add(with_constant - mistake);
        }
    }
    if (model.count < least_samples) {
        return std::nullopt;
    }
    AgainstConstant compared;
    compared.name = answered.answer.name;
    compared.constant = words_of(constant, answered.answer);
    compared.measure = is_category ? "accuracy" : answered.answer.kind == "scalar" ? "mae" : "error";
    compared.unit = answered.answer.kind == "points" ? "pixels" : answered.answer.unit;
    compared.model = is_category ? 1 - model.mean : model.mean;
    compared.with_constant = is_category ? 1 - of_constant.mean : of_constant.mean;
    compared.samples = model.count;
    compared.better = gain.mean > gain.deviation() / std::sqrt(static_cast<double>(gain.count));
    compared.varies = is_category ? classes_vary(answered) : numbers_vary(answered);
    return compared;
}

}  // namespace

Json to_json(const std::vector<Constant>& constants, const std::vector<AnswerSchema>& answers) {
    Json list = Json::array();
    for (const Constant& constant : constants) {
        for (const AnswerSchema& answer : answers) {
            if (answer.name != constant.name || !fits(constant, answer)) {
                continue;
            }
            Json entry = {{"name", constant.name}};
            if (answer.kind == "category") {
                entry["class"] = answer.classes[static_cast<std::size_t>(constant.of_class)];
            } else {
                entry[answer.kind == "scalar" ? "mean" : "places"] =
                    answer.kind == "scalar" ? Json(constant.values[0]) : Json(constant.values);
            }
            list.push_back(std::move(entry));
        }
    }
    return list;
}

double AgainstConstant::gain() const {
    return measure == "accuracy" ? model - with_constant : with_constant - model;
}

std::vector<AgainstConstant> against_constants(const Predictions& predictions,
                                               const std::vector<Constant>& constants,
                                               const PictureSizes& sizes) {
    std::vector<AgainstConstant> all;
    for (const Answered& answered : predictions.answered) {
        for (const Constant& constant : constants) {
            if (constant.name == answered.answer.name && fits(constant, answered.answer)) {
                if (auto compared = compare(predictions, answered, constant, sizes)) {
                    all.push_back(std::move(*compared));
                }
            }
        }
    }
    return all;
}

Json to_json(const std::vector<AgainstConstant>& compared) {
    Json list = Json::array();
    for (const AgainstConstant& each : compared) {
        list.push_back({{"name", each.name},
                        {"measure", each.measure},
                        {"unit", each.unit},
                        {"model", each.model},
                        {"constant", each.with_constant},
                        {"constant_is", each.constant},
                        {"samples", each.samples},
                        {"better_by", each.gain()},
                        {"better", each.better},
                        {"varies", each.varies}});
    }
    return list;
}

std::string warning_of(const AgainstConstant& compared) {
    if (compared.better && compared.varies) {
        return "";
    }
    const std::string found =
        compared.better
            ? "predictions are nearly the same for all samples"
            : fmt::format("the network is no better than {} ({} {} against {}, {} samples)",
                          compared.constant, compared.measure, report::measure(compared.model, compared.unit),
                          report::measure(compared.with_constant, compared.unit), compared.samples);
    return fmt::format(
        "{}: {}{}. Usual causes: a learning rate that is too high or too low, too few epochs, a backbone "
        "that "
        "is frozen without pretrained weights (backbone.weights), targets that do not belong to their "
        "pictures, classes that are too rare (the losses' class_weights: balanced)",
        compared.name, found,
        compared.better || compared.varies ? ""
                                           : ", and its predictions are nearly the same for all samples");
}

}  // namespace graft::insight
