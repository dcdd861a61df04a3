// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "insight/document.hpp"
#include "insight/predictions.hpp"

namespace graft::insight {

/// Samples worth looking at, by one answer.
struct Picked {
    std::size_t answered = 0;  ///< index into Predictions::answered
    std::vector<std::size_t> worst;
    std::vector<std::size_t> best;
    std::vector<std::size_t> uncertain;  ///< of a category: whose predicted class had the least probability
};

/// Of each answer that is right or wrong to a degree; so many that a page stays small.
std::vector<Picked> pick_samples(const Predictions& predictions);

/// The ids of all of them, each once.
std::vector<std::string> ids_of(const std::vector<Picked>& picked, const Predictions& predictions);

/// Small pictures by their samples' ids, as an engine gives them: `width` and `height` of the original and
/// `jpeg` in base64, or `problem`.
using Thumbnails = std::map<std::string, core::Json>;

/// A grid of samples with their pictures, what is true and what was predicted.
void add_samples(Document& document, const std::vector<std::size_t>& samples, const Predictions& predictions,
                 std::size_t answered, const Thumbnails& thumbnails);

/// "truth ants, predicted bees (0.93)".
std::string words_of(const Answered& answered, std::size_t sample);

}  // namespace graft::insight
