// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// Labels that are probably wrong, from probabilities by models that had not seen the sample: confident
// learning (Northcutt, Jiang, Chuang 2021).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace graft::audit {

/// What N samples are said to be, and what a model that did not learn from them makes of them.
struct Judged {
    std::size_t classes = 0;
    std::vector<int> labels;            ///< [N], 0 to classes - 1
    std::vector<double> probabilities;  ///< [N, classes], each row sums to 1

    double probability(std::size_t sample, std::size_t of_class) const {
        return probabilities[sample * classes + of_class];
    }
};

using Counts = std::vector<std::vector<std::int64_t>>;

/// How many samples labelled as one class (first index) are probably of another (second index), scaled so
/// that each row sums to the samples of its label. A sample counts for the class whose threshold it reaches
/// (the mean probability of the class among the samples labelled so), the most probable of several.
Counts confident_joint(const Judged& judged);

struct LabelError {
    std::size_t sample = 0;
    int given = 0;
    int suggested = 0;             ///< the most probable class
    double probability = 0;        ///< of that
    double given_probability = 0;  ///< of the label
    double quality = 0;  ///< normalised margin: (given - largest of the others + 1) / 2, from 0 to 1
};

/// The probable errors, worst first by quality: of each label and each class that it may be in truth as many
/// as the joint says, those with the largest margin between the two, but for labels that are the most
/// probable class anyway. Every class keeps a sample at least.
std::vector<LabelError> label_errors(const Judged& judged);

/// The other samples whose most probable class is not their label, worst first: the joint does not expect so
/// many to be wrong, so most of these are hard rather than wrong.
std::vector<LabelError> label_doubts(const Judged& judged);

}  // namespace graft::audit
