// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "metrics.hpp"

#include <cmath>
#include <limits>
#include <sstream>

#include <ATen/ATen.h>

#include "graft/error.hpp"

namespace graft {

Metric::Metric() = default;
Metric::~Metric() = default;

void require_same_shape(const at::Tensor& left, const at::Tensor& right, const std::string& what) {
    if (left.sizes() == right.sizes()) {
        return;
    }
    std::ostringstream message;
    message << what << ": shapes " << left.sizes() << " and " << right.sizes()
            << " differ; they must be equal, nothing is broadcast";
    throw Error(ErrorKind::internal, message.str());
}

std::vector<std::unique_ptr<Metric>> default_metrics(const TargetSchema& schema) {
    std::vector<std::unique_ptr<Metric>> made;
    switch (schema.kind) {
        case TargetKind::category:
            made.push_back(metrics::category(schema));
            break;
        case TargetKind::labels:
            made.push_back(metrics::labels(schema));
            break;
        case TargetKind::scalar:
            made.push_back(metrics::scalar(schema));
            break;
        case TargetKind::points:
            made.push_back(points_metric(schema));
            break;
        case TargetKind::tensor:
            break;
    }
    return made;
}

namespace metrics {

double ratio(double part, double whole) {
    return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
}

double mean_of(const std::vector<double>& values) {
    double sum = 0;
    double count = 0;
    for (const double value : values) {
        if (!std::isnan(value)) {
            sum += value;
            count += 1;
        }
    }
    return ratio(sum, count);
}

ClassScores class_scores(double hits, double truth, double chosen) {
    return {chosen > 0 || truth == 0 ? ratio(hits, chosen) : 0.0,
            truth > 0 || chosen == 0 ? ratio(hits, truth) : 0.0, ratio(2 * hits, truth + chosen)};
}

void add_class_scores(const std::vector<std::string>& classes, const std::vector<ClassScores>& by_class,
                      std::vector<Score>& scores) {
    const auto add = [&](const std::string& name, double value) {
        scores.push_back({name, value, "", Direction::higher_is_better});
    };
    const auto mean = [&](double ClassScores::*member) {
        std::vector<double> values;
        for (const ClassScores& one : by_class) {
            values.push_back(one.*member);
        }
        return mean_of(values);
    };
    add("precision", mean(&ClassScores::precision));
    add("recall", mean(&ClassScores::recall));
    add("f1", mean(&ClassScores::f1));
    for (std::size_t index = 0; index < classes.size(); ++index) {
        add("precision/" + classes[index], by_class[index].precision);
        add("recall/" + classes[index], by_class[index].recall);
        add("f1/" + classes[index], by_class[index].f1);
    }
}

}  // namespace metrics
}  // namespace graft
