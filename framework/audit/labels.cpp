// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#include "audit/labels.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace graft::audit {
namespace {

/// Probabilities that differ by less are the same.
constexpr double tolerance = 1e-6;

/// No probability reaches it: of a class that no sample is labelled as.
constexpr double out_of_reach = 2;

using Row = std::vector<double>;

std::vector<std::int64_t> label_counts(const Judged& judged) {
    std::vector<std::int64_t> counts(judged.classes);
    for (const int label : judged.labels) {
        ++counts[static_cast<std::size_t>(label)];
    }
    return counts;
}

Row thresholds_of(const Judged& judged) {
    Row sums(judged.classes);
    for (std::size_t sample = 0; sample < judged.labels.size(); ++sample) {
        const auto label = static_cast<std::size_t>(judged.labels[sample]);
        sums[label] += judged.probability(sample, label);
    }
    const std::vector<std::int64_t> counts = label_counts(judged);
    for (std::size_t label = 0; label < judged.classes; ++label) {
        sums[label] = counts[label] > 0
                          ? std::max(sums[label] / static_cast<double>(counts[label]), 2 * tolerance)
                          : out_of_reach;
    }
    return sums;
}

std::size_t most_probable(const Judged& judged, std::size_t sample) {
    const auto row = judged.probabilities.begin() + static_cast<std::ptrdiff_t>(sample * judged.classes);
    return static_cast<std::size_t>(std::max_element(row, row + static_cast<std::ptrdiff_t>(judged.classes)) -
                                    row);
}

/// The class that a sample counts for; `classes` where it reaches no threshold.
std::size_t confident_class(const Judged& judged, const Row& thresholds, std::size_t sample) {
    std::size_t found = judged.classes;
    for (std::size_t each = 0; each < judged.classes; ++each) {
        if (judged.probability(sample, each) >= thresholds[each] - tolerance) {
            if (found < judged.classes) {
                return most_probable(judged, sample);
            }
            found = each;
        }
    }
    return found;
}

/// Whole numbers with the (rounded) sum of the row: what is missing goes to the numbers that rounding cut
/// most.
std::vector<std::int64_t> rounded(const Row& row) {
    std::vector<std::int64_t> whole(row.size());
    std::transform(row.begin(), row.end(), whole.begin(),
                   [](double number) { return static_cast<std::int64_t>(std::nearbyint(number)); });
    const auto wanted =
        static_cast<std::int64_t>(std::nearbyint(std::accumulate(row.begin(), row.end(), 0.0)));
    for (std::int64_t sum = std::accumulate(whole.begin(), whole.end(), std::int64_t{0}); sum != wanted;
         sum = std::accumulate(whole.begin(), whole.end(), std::int64_t{0})) {
        const std::int64_t step = sum < wanted ? 1 : -1;
        std::vector<std::size_t> order(row.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(), [&](std::size_t one, std::size_t other) {
            return row[one] - static_cast<double>(whole[one]) <
                   row[other] - static_cast<double>(whole[other]);
        });
        if (step > 0) {
            std::reverse(order.begin(), order.end());
        }
        const auto changes = std::min(static_cast<std::size_t>(std::abs(wanted - sum)), order.size());
        for (std::size_t place = 0; place < changes; ++place) {
            whole[order[place]] += step;
        }
    }
    return whole;
}

/// How many samples of each label to take out for each class that they may be: [label][class]. A class of
/// which nothing would stay keeps a sample, taken evenly from its errors.
Counts errors_to_take(const Judged& judged) {
    Counts joint = confident_joint(judged);
    for (std::size_t label = 0; label < judged.classes; ++label) {
        const auto lacking = static_cast<double>(std::max<std::int64_t>(1 - joint[label][label], 0));
        const auto others = static_cast<double>(
            std::count_if(joint[label].begin(), joint[label].end(), [](auto count) { return count != 0; }));
        const double share = lacking / std::max(others - 1, 1.0);
        for (std::int64_t& count : joint[label]) {
            count = static_cast<std::int64_t>(std::max(static_cast<double>(count) - share, 0.0));
        }
    }
    return joint;
}

/// Marks the samples of a label with the largest margin between a class and the label.
void mark(const Judged& judged, const std::vector<std::size_t>& samples, std::size_t label,
          std::size_t of_class, std::int64_t count, std::vector<bool>& marked) {
    const auto margin = [&](std::size_t sample) {
        return judged.probability(sample, of_class) - judged.probability(sample, label);
    };
    std::vector<std::size_t> order = samples;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t one, std::size_t other) { return margin(one) > margin(other); });
    order.resize(std::min(order.size(), static_cast<std::size_t>(count)));
    for (const std::size_t sample : order) {
        marked[sample] = true;
    }
}

LabelError error_of(const Judged& judged, std::size_t sample) {
    LabelError error;
    error.sample = sample;
    error.given = judged.labels[sample];
    error.given_probability = judged.probability(sample, static_cast<std::size_t>(error.given));
    error.suggested = static_cast<int>(most_probable(judged, sample));
    error.probability = judged.probability(sample, static_cast<std::size_t>(error.suggested));
    error.quality = (error.given_probability - error.probability + 1) / 2;
    return error;
}

std::vector<bool> marked_errors(const Judged& judged) {
    const Counts take = errors_to_take(judged);
    std::vector<std::vector<std::size_t>> samples_of(judged.classes);
    for (std::size_t sample = 0; sample < judged.labels.size(); ++sample) {
        samples_of[static_cast<std::size_t>(judged.labels[sample])].push_back(sample);
    }
    std::vector<bool> marked(judged.labels.size());
    for (std::size_t label = 0; label < judged.classes; ++label) {
        for (std::size_t of_class = 0; of_class < judged.classes && samples_of[label].size() > 1;
             ++of_class) {
            if (of_class != label && take[label][of_class] > 0) {
                mark(judged, samples_of[label], label, of_class, take[label][of_class], marked);
            }
        }
    }
    return marked;
}

/// Samples that are marked so and whose label is not the most probable class, worst first.
std::vector<LabelError> disputed(const Judged& judged, const std::vector<bool>& marked, bool wanted) {
    std::vector<LabelError> errors;
    for (std::size_t sample = 0; sample < marked.size(); ++sample) {
        const LabelError error = error_of(judged, sample);
        if (marked[sample] == wanted && error.probability - error.given_probability > tolerance) {
            errors.push_back(error);
        }
    }
    std::stable_sort(errors.begin(), errors.end(), [](const LabelError& one, const LabelError& other) {
        return one.quality < other.quality;
    });
    return errors;
}

}  // namespace

Counts confident_joint(const Judged& judged) {
    const Row thresholds = thresholds_of(judged);
    Counts counts(judged.classes, std::vector<std::int64_t>(judged.classes));
    for (std::size_t sample = 0; sample < judged.labels.size(); ++sample) {
        const std::size_t of_class = confident_class(judged, thresholds, sample);
        if (of_class < judged.classes) {
            ++counts[static_cast<std::size_t>(judged.labels[sample])][of_class];
        }
    }
    const std::vector<std::int64_t> of_label = label_counts(judged);
    for (std::size_t label = 0; label < judged.classes; ++label) {
        std::vector<std::int64_t>& row = counts[label];
        row[label] = std::max<std::int64_t>(row[label], 1);
        const auto sum = static_cast<double>(std::accumulate(row.begin(), row.end(), std::int64_t{0}));
        Row scaled(judged.classes);
        std::transform(row.begin(), row.end(), scaled.begin(), [&](std::int64_t count) {
            return static_cast<double>(count) / sum * static_cast<double>(of_label[label]);
        });
        row = rounded(scaled);
    }
    return counts;
}

std::vector<LabelError> label_errors(const Judged& judged) {
    return disputed(judged, marked_errors(judged), true);
}

std::vector<LabelError> label_doubts(const Judged& judged) {
    return disputed(judged, marked_errors(judged), false);
}

}  // namespace graft::audit
