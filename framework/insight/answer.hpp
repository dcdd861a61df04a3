// SPDX-FileCopyrightText: the graft authors
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/event.hpp"

namespace graft::insight {

/// What predictions.csv has of a head's prediction beside the target that it is compared with. All text is as
/// it stands in files (core::name_to_text).
struct AnswerSchema {
    std::string name;                  ///< HEAD, or HEAD/TARGET of a head with several, as in scores
    std::string head;                  ///< whose loss is beside it
    std::string kind;                  ///< "category", "labels", "scalar", "points"
    std::vector<std::string> classes;  ///< category, labels
    std::string unit;                  ///< scalar
    std::vector<std::string> points;   ///< their names, or "0", "1", ...

    /// Whether each class's probability has a column: of at most 100 classes. Of more only the predicted
    /// one's has.
    bool has_all_probabilities() const;
};

/// As run.json holds them under `predictions`.
core::Json to_json(const std::vector<AnswerSchema>& answers);

/// The inverse; what is no such list gives none.
std::vector<AnswerSchema> answers_from_json(const core::Json& json);

/// Names of the columns of predictions.csv, in one place for who writes and who reads it.
namespace column {
inline const std::string id = "id";
std::string truth(const AnswerSchema& answer);        ///< category, scalar
std::string prediction(const AnswerSchema& answer);   ///< category, scalar
std::string probability(const AnswerSchema& answer);  ///< category: of the predicted class
std::string error(
    const AnswerSchema& answer);  ///< scalar: prediction less truth; points: mean distance in pixels
std::string loss(const std::string& head);
std::string probability_of(const AnswerSchema& answer, std::size_t of_class);
std::string truth_of(const AnswerSchema& answer, std::size_t of_class);  ///< labels: 1, 0
std::string truth_of_point(const AnswerSchema& answer, std::size_t point, char axis);
std::string prediction_of_point(const AnswerSchema& answer, std::size_t point, char axis);
}  // namespace column

}  // namespace graft::insight
