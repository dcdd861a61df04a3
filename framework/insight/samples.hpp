// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "insight/document.hpp"
#include "insight/illustration.hpp"
#include "insight/predictions.hpp"

namespace graft::insight {

/// Samples worth looking at, by one answer.
struct Picked {
    std::size_t answered = 0;  ///< index into Predictions::answered
    std::vector<std::size_t> worst;
    std::vector<std::size_t> best;
    std::vector<std::size_t> uncertain;  ///< of a category: whose predicted class had the least probability
};

/// Of each answer that is right or wrong to a degree. Together at most 96 pictures, and fewer an answer where
/// there are many answers.
std::vector<Picked> pick_samples(const Predictions& predictions);

/// Samples of a head by the loss that it has on them.
struct PickedByLoss {
    std::string head;
    std::vector<std::size_t> worst;
    std::vector<std::size_t> best;
};

/// Of each head that has a loss; an engine draws what it finds in them, where a drawing shows it.
std::vector<PickedByLoss> pick_by_loss(const Predictions& predictions);

/// What a page needs of all these, each once.
WantedSamples wanted_of(const std::vector<Picked>& picked, const Predictions& predictions);

/// A grid of samples with their pictures, what is true and what was predicted, and where that came from.
void add_samples(Document& document, const std::vector<std::size_t>& samples, const Predictions& predictions,
                 std::size_t answered, const Illustration& illustration);

/// "truth ants, predicted bees (0.93)".
std::string words_of(const Answered& answered, std::size_t sample);

}  // namespace graft::insight
