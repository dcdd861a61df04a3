// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
//
// A model's answers against one constant answer (the most frequent class, the mean).
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/event.hpp"
#include "insight/predictions.hpp"

namespace graft::insight {

/// What an answer would be that is the same for every picture, from the training targets alone.
struct Constant {
    std::string name;   ///< of the answer
    int of_class = -1;  ///< category: the most frequent
    Numbers values;     ///< scalar: the mean; points: the mean place of each, x, y, in parts of the picture's
                        ///< width and height
};

/// Width and height in pixels of the pictures of some samples, by the samples' ids as text.
using PictureSizes = std::map<std::string, std::pair<double, double>>;

/// As run.json holds them under `constants`: [{"name", and "class", "mean" or "places"}], of those alone that
/// fit an answer.
core::Json to_json(const std::vector<Constant>& constants, const std::vector<AnswerSchema>& answers);

/// What a model's predictions are worth beside a constant one.
struct AgainstConstant {
    std::string name;      ///< of the answer
    std::string constant;  ///< in words: "always ants", "always 33.2 years", "the mean places"
    std::string measure;   ///< "accuracy", where more is better; "mae" or "error", where less is
    std::string unit;
    double model = 0;
    double with_constant = 0;
    std::size_t samples = 0;
    bool better = true;  ///< by more than the standard error of the difference, sample by sample
    bool varies = true;  ///< false: predictions are nearly the same for all samples, though the truth is not

    /// By how much the model is better; below 0: worse.
    double gain() const;
};

/// Of fewer samples whose truth is known nothing can be said.
inline constexpr std::size_t least_samples = 20;

/// Of every answer that has a constant and at least `least_samples` samples whose truth is known. Of points
/// only the samples count whose pictures' sizes are given.
std::vector<AgainstConstant> against_constants(const Predictions& predictions,
                                               const std::vector<Constant>& constants,
                                               const PictureSizes& sizes = {});

/// As run.json holds them under `against_constant`.
core::Json to_json(const std::vector<AgainstConstant>& compared);

/// A warning for a person, with the usual causes; empty: the model has learnt something.
std::string warning_of(const AgainstConstant& compared);

}  // namespace graft::insight
