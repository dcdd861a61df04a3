// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "metrics.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <sstream>
#include <utility>

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

void require_same_state(const MetricState& state, const MetricState& like, const std::string& what) {
    std::ostringstream message;
    if (state.size() != like.size()) {
        message << what << ": a state of " << state.size() << " tensors came, it has " << like.size();
        throw Error(ErrorKind::internal, message.str());
    }
    for (std::size_t index = 0; index < state.size(); ++index) {
        const at::Tensor& got = state[index];
        const at::Tensor& wanted = like[index];
        if (!got.defined() || got.scalar_type() != wanted.scalar_type() || got.dim() != wanted.dim()) {
            message << what << ": tensor " << index << " of a state is ";
            if (got.defined()) {
                message << got.scalar_type() << " with " << got.dim() << " sides";
            } else {
                message << "undefined";
            }
            message << ", it must be " << wanted.scalar_type() << " with " << wanted.dim() << " sides";
            throw Error(ErrorKind::internal, message.str());
        }
    }
}

namespace {

using MakeMetric = std::unique_ptr<Metric> (*)(const TargetSchema&);

/// By kind, in the order of TargetKind. None for a tensor, of which only a head knows what is right, and for
/// an embedding, which is compared with nothing.
constexpr std::array<MakeMetric, 8> metric_of_kind{metrics::category, metrics::labels, metrics::scalar,
                                                   metrics::points,   nullptr,         metrics::mask,
                                                   metrics::boxes,    nullptr};
static_assert(metric_of_kind.size() == static_cast<std::size_t>(TargetKind::embedding) + 1);

}  // namespace

std::vector<std::unique_ptr<Metric>> default_metrics(const TargetSchema& schema) {
    std::vector<std::unique_ptr<Metric>> made;
    if (const MakeMetric make = metric_of_kind.at(static_cast<std::size_t>(schema.kind))) {
        made.push_back(make(schema));
    }
    return made;
}

namespace metrics {

std::pair<const Column&, const Column&> one_of_each(const std::vector<Column>& predictions,
                                                    const std::vector<Column>& targets,
                                                    const std::string& what) {
    if (predictions.size() != 1 || targets.size() != 1) {
        std::ostringstream message;
        message << what << ": it looks at one prediction and one target, not at " << predictions.size()
                << " and " << targets.size();
        throw Error(ErrorKind::internal, message.str());
    }
    return {predictions.front(), targets.front()};
}

void require_shape(const at::Tensor& tensor, at::IntArrayRef shape, const std::string& what) {
    require_same_shape(tensor, at::empty(shape, at::kMeta), what);  // a meta tensor takes no memory
}

void add_sums(const MetricState& state, MetricState& sums, const std::string& what) {
    require_same_state(state, sums, what);
    for (std::size_t index = 0; index < sums.size(); ++index) {
        require_same_shape(state[index], sums[index], what);
    }
    for (std::size_t index = 0; index < sums.size(); ++index) {
        sums[index] += state[index];
    }
}

MetricState copied(const MetricState& state) {
    MetricState copy;
    for (const at::Tensor& tensor : state) {
        copy.push_back(tensor.clone());
    }
    return copy;
}

std::string unknown_class(double index, std::int64_t classes, const std::string& what) {
    std::ostringstream message;
    message.precision(std::numeric_limits<double>::max_digits10);
    message << what << ": class " << index << " came, but there are " << classes << " classes (0 to "
            << classes - 1 << ")";
    return message.str();
}

void add_confusion(at::Tensor& matrix, const at::Tensor& truth, const at::Tensor& chosen,
                   const at::Tensor& counts, const std::string& what) {
    const std::int64_t size = matrix.size(0);
    const at::Tensor true_classes = truth.contiguous();
    const at::Tensor chosen_classes = chosen.contiguous();
    const at::Tensor counted = counts.contiguous();
    // One pass without temporaries: for masks there are millions of entries.
    const std::int64_t* rows = true_classes.const_data_ptr<std::int64_t>();
    const std::int64_t* columns = chosen_classes.const_data_ptr<std::int64_t>();
    const bool* counting = counted.const_data_ptr<bool>();
    std::int64_t* cells = matrix.mutable_data_ptr<std::int64_t>();
    for (std::int64_t entry = 0; entry < truth.numel(); ++entry) {
        if (!counting[entry]) {
            continue;
        }
        if (rows[entry] < 0 || rows[entry] >= size) {
            for (std::int64_t counted_before = 0; counted_before < entry; ++counted_before) {
                if (counting[counted_before]) {
                    --cells[rows[counted_before] * size + columns[counted_before]];
                }
            }
            throw Error(ErrorKind::internal, unknown_class(static_cast<double>(rows[entry]), size, what));
        }
        ++cells[rows[entry] * size + columns[entry]];
    }
}

std::vector<std::vector<double>> rows_of(const at::Tensor& matrix) {
    const at::Tensor numbers = matrix.to(at::kDouble).contiguous();
    std::vector<std::vector<double>> rows;
    for (std::int64_t row = 0; row < numbers.size(0); ++row) {
        const double* first = numbers.const_data_ptr<double>() + row * numbers.size(1);
        rows.emplace_back(first, first + numbers.size(1));
    }
    return rows;
}

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
        values.reserve(by_class.size());
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
